"""Functions of structs: values with named fields."""
