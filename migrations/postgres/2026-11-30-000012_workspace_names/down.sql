DROP INDEX workspaces_by_name;
