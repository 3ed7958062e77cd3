"""Schema migrations, made by ``python -m tortoise makemigrations`` from ``store/models``."""
