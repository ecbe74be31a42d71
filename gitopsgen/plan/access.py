"""How the jobs of a CI system get into a cluster, a registry or a repository: the best way that both sides know."""

from collections.abc import Iterable, Mapping
from typing import Any

from gitopsgen.packs.catalogue import Pack
from gitopsgen.plan.model import Access, Credential, Job, Repository, Trust


def choose_access(
    ways: Iterable[Mapping[str, Any]], ci: Pack, section: Mapping[str, Any] | None = None, *, own: bool = True
) -> Access:
    """Return the first way that the CI system can take; none without one.

    `section` is that of the CI system, for ways that one of its fields opens. `own`: what is got into belongs to the
    owner of the repository.
    """
    offers, section = ci.get("offers", {}), section or {}
    oidc, tokens = offers.get("oidc", {}), offers.get("jobTokens", [])
    clouds = oidc.get("clouds", []) if "field" not in oidc or section.get(oidc["field"]) else []
    reasons: list[str] = []
    for way in ways:
        form, to = way["form"], way.get("to", "")
        if "field" in way and not section.get(way["field"]):
            continue
        if "own" in way and not own:
            reasons.append(way["own"])
            continue
        credentials = tuple(way.get("credentials", []))
        if form == "oidc" and to in clouds:
            audience = way.get("audience", "")
            return Access(form, to, audience, "", (*credentials, *_token(oidc, to, audience)))
        if form == "job-token" and to in tokens:
            return Access(form, to, "", "", credentials)
        if form == "oidc":
            title = ci.get("title", ci.name)
            reasons.append(offers.get("without", {}).get(to, f"{title} has no OIDC token that {to} can trust"))
        if form == "static":
            return Access(form, to, "", "; ".join(reasons) or way.get("because", ""), credentials)
    return Access()


def _token(oidc: Mapping[str, Any], to: str, audience: str) -> Iterable[Mapping[str, str]]:
    """Yield the credential that a job gets its token from, for a CI system that has tokens as credentials."""
    for item in [oidc["credential"]] if "credential" in oidc else []:
        purpose = _filled(item["purpose"], {"audience": audience, "to": to})
        yield {**item, "as": item["name"], "name": f"{item['name']}_{to.upper()}", "purpose": purpose}


def credentials_of(access: Access, environment: str, ci: Pack, pack: str, *, shared: bool) -> dict[str, Credential]:
    """Return credentials by the variable that reads them, as jobs of a CI environment have them.

    A CI system that cannot keep what is for one environment from the others has them under names of their own, unless
    they are `shared` by all.
    """
    apart = not shared and not ci.get("offers", {}).get("environments", True)
    suffix = "_" + environment.upper().replace("-", "_") if apart else ""
    return {
        item.get("as", item["name"]): Credential(
            item.get("as", item["name"]),
            item["name"] + suffix,
            item["kind"],
            environment,
            item["purpose"],
            item.get("source", ""),
            pack,
            f"{item['name']}_{environment}".upper().replace("-", "_") if item.get("given", False) else "",
            access.because if access.form == "static" and item["kind"] == "secret" else "",
        )
        for item in access.credentials
    }


def credentials_used(jobs: Iterable[Job], ci: Pack) -> tuple[Credential, ...]:
    """Return each credential that a step of the jobs uses, once for each CI environment that keeps what it holds."""
    by_environment = ci.get("offers", {}).get("environments", True)
    used: dict[tuple[str, str], Credential] = {}
    for credential in (known for job in jobs for step in job.steps for known in step.credentials.values()):
        used.setdefault((credential.environment if by_environment else "", credential.key), credential)
    return tuple(used.values())


def trusts_needed(
    app: str, jobs: Iterable[Job], ci: Pack, section: Mapping[str, Any], repository: Repository, *, many: bool
) -> tuple[Trust, ...]:
    """Return what each cloud must trust so that the jobs of an app get in; `section` is that of the CI system.

    `many`: the app is one of many in its repository.
    """
    oidc = ci.get("offers", {}).get("oidc", {})
    usual = (oidc.get("workspace") if many else []) or oidc.get("subjects", [])
    repo = repository.slug.rpartition("/")[2]
    known = {
        **{name: value for name, value in section.items() if isinstance(value, str)},
        "app": app,
        "project": repo.lower().replace(".", "-").replace("_", "-") if many else app,
        "slug": repository.slug,
        "owner": repository.owner,
        "repository": repo,
        "branch": repository.branch,
        "web": repository.web,
        "host": repository.web.partition("://")[2].partition("/")[0],
    }
    needed = {
        (job.environment, step.access.to, step.access.audience, job.runs in ("preview", "closed")): None
        for job in jobs
        for step in job.steps
        if step.access.form == "oidc"
    }
    return tuple(_trust(each[:3], (oidc.get("previews") if each[3] else []) or usual, oidc, known) for each in needed)


def _trust(
    needed: tuple[str, str, str], forms: Iterable[Mapping[str, str]], oidc: Mapping[str, Any], known: Mapping[str, str]
) -> Trust:
    environment, to, audience = needed
    known = {**known, "environment": environment}
    subjects = tuple((_filled(form["form"], known), _filled(form.get("note", ""), known)) for form in forms)
    return Trust(environment, to, _filled(oidc["issuer"], known), audience, subjects, tuple(oidc.get("values", ())))


def _filled(form: str, known: Mapping[str, str]) -> str:
    """Put values into a form; what is no name of ours stays, for a person to fill in."""
    for name, value in known.items():
        form = form.replace(f"{{{name}}}", value)
    return form
