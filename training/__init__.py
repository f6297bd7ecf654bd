"""How the bundled minds are made. Torch is imported only here, and lazily."""
