"""Which provider keys there are, in the environment or in .env: their names, never their values."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Keys(BaseSettings):
    """The keys that providers are known to read."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore")

    openai_api_key: SecretStr | None = None
    anthropic_api_key: SecretStr | None = None
    openrouter_api_key: SecretStr | None = None
    google_api_key: SecretStr | None = None
    mistral_api_key: SecretStr | None = None
    groq_api_key: SecretStr | None = None
    deepseek_api_key: SecretStr | None = None
    together_api_key: SecretStr | None = None
    xai_api_key: SecretStr | None = None


def found_keys() -> list[str]:
    """Name the keys that hold something."""
    held = {name: getattr(Keys(), name) for name in Keys.model_fields}
    return [name.upper() for name, value in held.items() if value is not None and value.get_secret_value().strip()]
