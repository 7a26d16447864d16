"""The meaning of an identity provider's claims."""

import pytest

from operations.people.provider_roles import ClaimRules, other_user_name, parse_roles, role_of, user_name_of
from schemas.errors import SettingsError
from schemas.people import Role, User

RULES = ClaimRules("preferred_username", "groups", {"team": Role.STAFF, "it": Role.ADMIN})


def test_groups_may_have_commas_and_equals_signs() -> None:
    roles = parse_roles(" cn=it,dc=example = admin ;order team=staff;")
    assert roles == {"cn=it,dc=example": Role.ADMIN, "order team": Role.STAFF}


@pytest.mark.parametrize("text", ["team", "team=chief", "=staff", "team=staff, it=boss", "", " ; "])
def test_a_part_that_is_no_group_with_a_role_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="CROSSDOCK_OIDC_ROLES is"):
        parse_roles(text)


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["team", "it"], Role.ADMIN),
        (["others", "team"], Role.STAFF),
        ("team", Role.STAFF),
        (["TEAM"], None),
        ([], None),
        (None, None),
        ({"team": True}, None),
        ([["team"], 5], None),
    ],
)
def test_the_highest_role_of_the_groups_counts(groups: object, role: Role | None) -> None:
    assert role_of({"groups": groups}, RULES) is role


def test_a_claim_is_found_by_its_whole_name_or_along_its_dots() -> None:
    inside = RULES._replace(roles_claim="realm_access.roles")
    assert role_of({"realm_access": {"roles": ["team"]}}, inside) is Role.STAFF
    assert role_of({"realm_access": ["team"]}, inside) is None
    named = RULES._replace(roles_claim="https://shop.example/groups")
    assert role_of({"https://shop.example/groups": ["it"]}, named) is Role.ADMIN


def test_names_along_the_dots_may_have_dots_themselves() -> None:
    inside = RULES._replace(roles_claim="resource_access.shop.example.roles")
    assert role_of({"resource_access": {"shop.example": {"roles": ["it"]}}}, inside) is Role.ADMIN
    assert role_of({"resource_access": {"shop.example": ["it"], "shop": {"example": {}}}}, inside) is None


def test_an_address_counts_as_a_group_only_where_the_provider_has_verified_it() -> None:
    rules = ClaimRules("name", "email", {"ann@example.com": Role.ADMIN})
    claims = {"email": "ann@example.com"}
    assert [role_of(claims | one, rules) for one in ({}, {"email_verified": "true"})] == [None, None]
    assert role_of(claims | {"email_verified": True}, rules) is Role.ADMIN


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Ann.Example@Example.com", "oidc:ann.example@example.com"),
        ("Änn Müller", "oidc:nn-m-ller"),
        ("../admin", "oidc:admin"),
        ("<script>", "oidc:script-"),
        ("安", "oidc:user"),
        ("a" * 500, "oidc:" + "a" * 50),
        (None, "oidc:subject-1"),
        (["ann"], "oidc:subject-1"),
    ],
)
def test_every_name_becomes_one_that_no_local_user_can_have(given: object, name: str) -> None:
    found = user_name_of({"preferred_username": given, "sub": "Subject-1"}, RULES)
    assert found == name
    for one in (found, other_user_name(found, "https://login.example", "subject-1")):
        User.model_validate(
            {"name": one, "role": "viewer", "is_active": True, "created_at": "2026-01-01T00:00:00Z"}
            | {"updated_at": "2026-01-01T00:00:00Z"}
        )
