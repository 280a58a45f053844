"""The release: what release.toml says."""
