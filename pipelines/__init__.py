"""The pipelines, in layers: submitted footage becomes verified publications."""
