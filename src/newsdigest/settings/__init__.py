"""Settings: config/ (YAML 1.2) as frozen records; every error names file, line and column."""
