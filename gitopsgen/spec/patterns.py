"""The shapes of text fields, with the words that explain each to its author.

Written for Rust's regex engine, which checks them: no look-around, `$` is the end of the text.
"""

LABEL = r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"
IMAGE = r"^[a-z0-9-]+((\.[a-z0-9-]+)+(:[0-9]+)?|:[0-9]+)(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+$"
REPOSITORY = r"^(https://|ssh://git@)[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*){2,}$"
CONFIG_REPOSITORY = r"^(same|(https://|ssh://git@)[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*){2,})$"
BRANCH = r"^[A-Za-z0-9_]+([./-][A-Za-z0-9_]+)*$"
URL_PATH = r"^/[A-Za-z0-9/._~-]*$"
VERSION = r"^[0-9]+(\.[0-9]+){0,2}$"
COMMAND = r"^[^\x00-\x1f\x7f]+$"
ARGUMENT = r"^[^\x00]+$"
ENV_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
ENV_VALUE = r"^[^\x00]*$"
CPU = r"^([1-9][0-9]{0,2}|[1-9][0-9]{0,5}m)$"
MEMORY = r"^[1-9][0-9]{0,5}(Mi|Gi)$"
_NAME_PART = r"([A-Za-z0-9_*?.@+-]|\[([A-Za-z0-9_]|a-z|A-Z|0-9)+\])+"
INCLUDE = rf"^{_NAME_PART}(/{_NAME_PART})*/?$"
HOST = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$"
SHORT_LABEL = r"^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$"
PORT_NAME = r"^[a-z]([-a-z0-9]{0,13}[a-z0-9])?$"
CONFIG_KEY = r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,251}$"
REMOTE_KEY = r"^[A-Za-z0-9_/][A-Za-z0-9_./:@+=,-]*$"
ANNOTATION = r"^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$"
LABEL_VALUE = r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$"
MOUNT = r"^(/[A-Za-z0-9_][A-Za-z0-9._-]*)+$"
TIME_ZONE = r"^[A-Z][A-Za-z_]*(/[A-Z][A-Za-z0-9_+-]*){1,2}$"
FOLDER = r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$"
APP_FOLDER = r"^(\.|[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*)$"
SERVICES = r"^([A-Za-z0-9_][A-Za-z0-9._-]*|\*)(/([A-Za-z0-9_][A-Za-z0-9._-]*|\*))*$"
PACKAGE = r"^[a-z0-9][a-z0-9+.-]*$"
# No quote, $ or #: every builder and every CI reads it as it stands.
_PLAIN_WORD = r"[A-Za-z0-9_@%+=:,./~-]+"
BUILD_ARG = rf"^({_PLAIN_WORD}( {_PLAIN_WORD})*)?$"
MOUNT_ID = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,60}[A-Za-z0-9])?$"
ABSOLUTE_FILE = r"^(/[A-Za-z0-9_.@+-]*[A-Za-z0-9_@+-])+$"


def _cron_field(number: str) -> str:
    part = rf"(\*|({number})(-({number}))?)(/[1-9][0-9]?)?"
    return f"{part}(,{part})*"


_MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_FIRST_FOUR = ("[0-5]?[0-9]", "[01]?[0-9]|2[0-3]", "0?[1-9]|[12][0-9]|3[01]", f"0?[1-9]|1[0-2]|{_MONTHS}")
_WEEKDAYS = "[0-6]|SUN|MON|TUE|WED|THU|FRI|SAT"
_FIELDS = " ".join(_cron_field(number) for number in (*_FIRST_FOUR, _WEEKDAYS))
CRON = f"^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|{_FIELDS})$"

# pattern -> (what the text must be, an example of good text)
EXPLAINED = {
    LABEL: ("lower-case letters, digits and dashes, first a letter, last no dash", "storefront"),
    IMAGE: ("a registry host and a path, in lower case, without a tag or digest", "docker.io/acme/storefront"),
    REPOSITORY: ("an https:// or ssh://git@ URL without user or password", "https://github.com/acme/storefront.git"),
    CONFIG_REPOSITORY: ("`same`, or an https:// or ssh://git@ URL without user or password", "same"),
    BRANCH: ("a branch name of letters, digits, and . / - between them", "main"),
    URL_PATH: ("an absolute URL path without query", "/healthz"),
    VERSION: ("a version number as text", '"24"'),
    COMMAND: ("one line of text without control characters", "npm test"),
    ARGUMENT: ("text without a NUL character, not empty", "app.js"),
    ENV_NAME: ("letters, digits and _, first no digit", "LOG_LEVEL"),
    ENV_VALUE: ("text without a NUL character", "info"),
    CPU: ("a number of cores or thousandths of a core", "250m"),
    MEMORY: ("a number of Mi or Gi", "256Mi"),
    INCLUDE: ("a relative file name or pattern of letters, digits and _ * ? . @ + - [a-z]", "src"),
    HOST: ("a host name in lower case, with a dot", "shop.example.com"),
    SHORT_LABEL: ("at most 40 lower-case letters, digits and dashes, first a letter, last no dash", "app"),
    PORT_NAME: ("at most 15 lower-case letters, digits and dashes, first a letter, last no dash", "metrics"),
    CONFIG_KEY: ("letters, digits and . _ -, first no dot", "FEATURE_X"),
    REMOTE_KEY: ("letters, digits and / _ . : @ + = , -", "shop/db"),
    ANNOTATION: ("a name of letters, digits and . _ -, with a host name and / before it", "cert-manager.io/issuer"),
    LABEL_VALUE: ("at most 63 letters, digits and . _ -, first and last no mark", '"true"'),
    MOUNT: ("an absolute folder without . or .. parts", "/etc/app"),
    TIME_ZONE: ("a time zone by its IANA name", "Europe/Berlin"),
    CRON: ("five fields of cron, or @hourly, @daily, @weekly, @monthly or @yearly", '"0 3 * * *"'),
    FOLDER: ("a relative folder without . or .. parts", "k8s"),
    APP_FOLDER: ("a relative folder without .. parts, or a dot", "apps/web"),
    SERVICES: ("a relative folder without . or .. parts, in which a part may be *", "services/*"),
    PACKAGE: ("the name of a package, in lower case", "libpq5"),
    BUILD_ARG: ("plain words of letters, digits and _ @ % + = : , . / ~ -", "https://api.example.com"),
    MOUNT_ID: ("letters, digits and . _ - between them", "npmrc"),
    ABSOLUTE_FILE: ("the absolute path of a file, without .. parts", "/root/.npmrc"),
}
