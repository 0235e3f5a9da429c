"""Bounds of authentication; each says what happens at it."""

CREDENTIAL_CHARS_MAX = 16_384
"""A longer credential is refused as unknown, before anything reads it."""

CLOCK_SKEW_S = 60
"""Clocks may differ so much: a token is taken so long after its end and before its beginning."""

TOKENS_KEPT_MAX = 10_000
"""Checked tokens that are remembered; beyond, the oldest is forgotten and checked again."""

TOKENS_KEPT_S = 300.0
"""A checked token is checked again after so long, and at its end without any skew."""

KEYS_KEPT_MAX = 10_000
"""API keys that are remembered, and as many that are none; beyond, the oldest is looked up."""

KEYS_KEPT_S = 5.0
"""A revoked key is refused by every service so long after its revocation, at the latest."""

KEYS_HELD_S = 300.0
"""While Postgres does not answer, a key that it knew is believed for so long; then it gets 503."""

KEYS_RETRIED_S = 1.0
"""While Postgres does not answer, a key that is believed makes it be asked this often."""

USES_WRITTEN_S = 30.0
"""The last uses of keys are written together so often; what a killed process saw since is lost."""

LOOKUPS_MAX = 64
"""Credentials of each line that are looked up at a time; one more is answered 503 for now."""

LOOKUP_THREADS_MAX = 8
"""Threads for each line of a service of one event loop; further lookups of the line wait."""

PROVIDER_TIMEOUT_S = 5.0
"""A provider whose document has not come to its end by then counts as away."""

ISSUED_ROUNDING_S = 1.0
"""Tokens tell whole seconds: one counts as made after a fetch if it could be by so much."""

PROVIDER_BYTES_MAX = 1 << 20
"""A longer document of a provider is not read: the provider counts as away."""

PROVIDER_KEYS_MAX = 100
"""Further keys in a provider's list are left out: nobody signs with so many."""

KEYS_REFRESHED_S = 3_600.0
"""A provider's keys are fetched anew so often, behind the requests."""

KEYS_STALE_S_MAX = 86_400.0
"""Keys of a provider that has been away for so long are not trusted any more: it answers 503."""

REFETCH_S_MIN = 5.0
"""A key id that is not known makes the keys be fetched anew, but not more often than this."""

PROVIDER_BACKOFF_S_MAX = 60.0
"""Attempts to reach a provider that is away are at most so far apart; they begin close together."""

RSA_BITS_MIN = 2_048
"""A provider's RSA key that is shorter is left out: what it signs is refused as of no known key."""

KEY_NAME_CHARS_MAX = 100
"""A longer name of an API key is refused."""

AUDIENCE_CHARS_MAX = 255
"""A longer name of an audience is refused."""

AUDIENCES_MAX = 100
"""Further audiences that a token names make it refused: no filter of that size was meant."""

KEYS_LISTED_MAX = 10_000
"""A list of API keys ends after so many, the newest first."""

SUBJECT_CHARS_MAX = 255
"""A token with a longer subject is refused, as OpenID allows no longer one."""

HEADER_BYTES_MAX = 4_096
"""A token whose header is longer is refused; some name whole certificates in it."""

USES_KEPT_MAX = 10_000
"""Keys whose last use waits to be written; of further ones it is not recorded this time."""

CONNECTIONS_MAX = 3
"""Postgres connections of a service for looking credentials up; further lookups wait for one."""

STRANGERS_MAX = 2
"""Of those for keys that were not good lately; the last is for keys that were."""

CONNECTION_WAIT_S_MAX = 5.0
"""A lookup that has waited so long for a connection to Postgres is answered 503."""

STATEMENT_S_MAX = 3.0
"""A statement that Postgres has not answered by then is given up, and its connection closed."""

CLOSING_S_MAX = 10.0
"""Whoever writes the last uses of keys is not waited for any longer when a service ends."""
