"""The REST API: thin endpoints over the register, the rollups and the workflow."""
