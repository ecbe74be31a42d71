"""What looks like a secret, by the words of its name or by the shape of its value."""

import itertools
import re

# Patterns are compiled when there is something to look at, which most specs have not.
_WORDS = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+"
_SECRET = ("PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "APIKEY", "CREDENTIAL", "CREDENTIALS")
# Short words, which mean a password or token at the end of a longer name only: PWD alone is a folder.
_SHORT = ("PASS", "PWD", "PAT", "AUTH")
_KEYS = ("API", "PRIVATE", "ACCESS", "ENCRYPTION", "SIGNING", "MASTER")
# A name that begins or ends so tells about a secret, and does not hold it: TOKEN_TTL, MAX_TOKEN_AGE, DB_PASSWORD_FILE.
_FIRST = "ALLOW|DISABLE|ENABLE|MAX|MIN|REQUIRE|USE"
_LAST = (
    "AGE|ALGORITHM|ARN|AUDIENCE|CLASS|COOKIE|COUNT|DAYS|DIR|ENABLED|ENDPOINT|EXPIRATION|EXPIRES|EXPIRY|FIELD|FILE"
    "|FOLDER|FORMAT|HEADER|HOST|HOURS|ID|INTERVAL|ISSUER|LENGTH|LIFETIME|LIMIT|MAX|MIN|MINUTES|MODE|NAME|NAMESPACE|PATH"
    "|POLICY|PORT|PREFIX|PROVIDER|REGION|REQUIRED|ROTATION|ROUNDS|SECONDS|SIZE|STORE|TIMEOUT|TTL|TYPE|URI|URL"
    "|VALIDITY|VERSION"
)
# What SMTP_AUTH and its like are: a way to log in, and no secret.
_WAYS = (
    "(?i:basic|bearer|cram-md5|digest|external|internal|jwt|kerberos|ldap|local|login|md5|none|ntlm|oauth2?|oidc|optional"
    "|plain|required|saml|scram-sha-(1|256|512)|trust)"
)
_HARMLESS = r"(?i:|true|false|yes|no|on|off|/[A-Za-z_.][\w.-]*(/[\w.-]+)+)"

# What each service puts before its tokens so that they are found; the rest is long enough to be none of our words.
_TOKENS = (
    r"\b(?:gh[oprsu]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}"
    r"|xox[abeoprs]-[\w-]{10,}|[rs]k_live_\w{10,}|sk-(?:ant|proj)-[\w-]{16,}|AIza[\w-]{30,}|dckr_pat_[\w-]{16,}"
    r"|hv[bs]\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|A(?:KI|SI)A[A-Z0-9]{16}\b"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*)"
)
_PRIVATE_KEY = r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"
# A password that Kubernetes or the app fills in, $(NAME) or ${NAME}, is none.
_URL_LOGIN = r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@]*:(?!\$[({])[^\s/?#@]+@"

# Files that hold secrets by custom; an example of one holds none. `.git` has every password that was ever committed.
_FILES = (
    r"(?i:\.env(?:\.(?!example$|sample$|template$|dist$|defaults$).+)?|.*\.(?:pem|key|p12|pfx|jks|keystore)|id_(?:rsa|dsa|ecdsa|ed25519)"
    r"|\.git|\.git-credentials|\.ssh|\.aws|\.kube|\.netrc|\.pgpass|\.htpasswd)"
)


def is_secret_file(path: str) -> bool:
    """Whether a path, or a folder on its way, is one that holds secrets by custom."""
    return any(re.fullmatch(_FILES, part) for part in path.rstrip("/").split("/"))


def has_secret_name(name: str, value: str = "?") -> bool:
    """Whether a variable of this name holds a secret, unless its value is empty, a switch or an absolute path."""
    words = [word.upper() for word in re.findall(_WORDS, name)]
    if not words or re.fullmatch(_HARMLESS, value) or re.fullmatch(_FIRST, words[0]) or re.fullmatch(_LAST, words[-1]):
        return False
    pairs = itertools.pairwise(words)
    return (
        any(word.endswith(_SECRET) for word in words)
        or (len(words) > 1 and words[-1] in _SHORT and not (words[-1] == "AUTH" and re.fullmatch(_WAYS, value)))
        or any(first in _KEYS and second == "KEY" for first, second in pairs)
    )


def secret_in(value: str) -> str:
    """Return what of a value is a secret, in words; empty when it holds none that anyone could tell."""
    if re.search(_URL_LOGIN, value):
        return "a URL with a password"
    if re.search(_PRIVATE_KEY, value):
        return "a private key"
    return "a token or key" if re.search(_TOKENS, value) else ""


def why_secret(name: str, value: object) -> str:
    """Return why a variable must not stand in git, empty when it may."""
    text = "" if value is None else str(value)
    found = secret_in(text)
    if found:
        return f'the value of "{name}" is {found}'
    return f'"{name}" looks like a secret' if has_secret_name(name, text) else ""
