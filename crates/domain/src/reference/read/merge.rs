//! Schemas that apply together, shown as one.

use crate::reference::{Property, Schema};

/// Adds to a schema what another says that applies as well. Where both say something, the first is kept; bounds apply together.
pub(super) fn merge(into: &mut Schema, other: Schema) {
    if into.kind == "any" {
        into.kind = other.kind;
    }
    for (mine, theirs) in [
        (&mut into.format, other.format),
        (&mut into.description, other.description),
        (&mut into.default, other.default),
        (&mut into.example, other.example),
    ] {
        if mine.is_empty() {
            *mine = theirs;
        }
    }
    into.nullable |= other.nullable;
    into.deprecated |= other.deprecated;
    into.read_only |= other.read_only;
    into.write_only |= other.write_only;
    into.is_cut |= other.is_cut;
    if into.values.is_empty() {
        into.values = other.values;
    }
    for bound in other.bounds {
        if !into.bounds.contains(&bound) {
            into.bounds.push(bound);
        }
    }
    merge_properties(&mut into.properties, other.properties);
    into.item = into.item.take().or(other.item);
    into.additional = into.additional.take().or(other.additional);
    into.variants = into.variants.take().or(other.variants);
}

fn merge_properties(into: &mut Vec<Property>, others: Vec<Property>) {
    for other in others {
        match into.iter_mut().find(|property| property.name == other.name) {
            Some(property) => {
                property.required |= other.required;
                merge(&mut property.schema, other.schema);
            }
            None => into.push(other),
        }
    }
}
