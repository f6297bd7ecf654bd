"""How a mind is reached: settings, providers, members, the call gate and the bundled zoo."""
