"""The demo: a sample world served on this machine, and the main job run over it."""
