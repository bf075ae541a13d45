"""One file for each rule on the tool itself."""
