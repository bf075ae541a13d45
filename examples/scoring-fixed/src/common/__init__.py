"""What the service and the pipeline share."""
