"""What pruning asks AWS: which versions there are, who names or calls them; and their deletion."""
