"""The bundled minds' world: problems, their wordings in English and Korean, and the splits."""
