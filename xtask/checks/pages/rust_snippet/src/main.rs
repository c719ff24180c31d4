//! The snippet of a page is written over this.

fn main() {}
