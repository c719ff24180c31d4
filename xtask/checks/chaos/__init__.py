"""What the chaos check is made of: a receiver that verifies, a load, a verdict, and one file for each kind of trouble."""
