"""What goes in and out. Serializers only check and shape; services and selectors do the work."""
