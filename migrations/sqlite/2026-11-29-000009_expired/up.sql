-- What waits for an endpoint that gets nothing, for longer than events are kept, ends as `expired`: a word and no column.
--
-- The release before this one goes on beside it until the first delivery has expired: it cannot read the word, and shows no such
-- delivery. Then it must not run beside; the way down translates the word.
SELECT 1;
