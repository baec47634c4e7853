"""What we ask of the world: protocols that adapters keep and fakes share the contract suite of."""
