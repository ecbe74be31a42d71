"""Namespaces that are no app's own: what is written for one would label and fence what others run there."""

# Reserved: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
_RESERVED = "kube-"
_EVERYBODYS = "default"


def of_kubernetes(namespace: str) -> str:
    """Say whose a namespace is that no app can have for itself, empty for every other."""
    if namespace == _EVERYBODYS:
        return "everybody's"
    return "of Kubernetes itself" if namespace.startswith(_RESERVED) else ""
