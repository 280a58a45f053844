"""Which versions an API names: in the URI of an integration or authorizer, with the variables of a
stage put in.
"""

import re
from collections.abc import Iterable, Mapping

from handlers.domain.pruning.published import Version, named_in

_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")


def named_by_api(uris: Iterable[str], stages: Iterable[Mapping[str, str]]) -> frozenset[Version]:
    """Every version to which a URI leads at one of the stages, each given by its variables, or that
    a variable names by an ARN itself.
    """
    uris, stages = list(uris), [*stages, {}]
    put_in = (_put_in(uri, variables) for uri in uris for variables in stages)
    return named_in([*put_in, *(value for each in stages for value in each.values())])


def _put_in(uri: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), uri)
