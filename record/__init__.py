"""Before-images, plans and history of every edit."""
