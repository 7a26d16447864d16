"""Users: add, list, change, disable. Each change stands in the audit log."""

from pydantic import TypeAdapter, ValidationError

from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.errors import NotFoundError, RefusedActionError
from operations.people.audit import record_action
from operations.people.passwords import hash_password
from schemas.people import LocalUserName, Role, User

_NAME = TypeAdapter(LocalUserName)


def add_user(context: Context, name: str, role: Role, password: str, *, actor: str) -> User:
    """Add a user. Raises RefusedActionError when the name or the password is unfit, or the user exists."""
    name = _valid_name(name)
    password_hash = hash_password(password)
    with context.ledger.begin() as work:
        if work.users.find(name):
            raise RefusedActionError(f"The user {name} exists already.")
        work.users.add(name, role, password_hash)
        record_action(work, actor, "user.add", name, details={"role": role.value})
        return _get(work, name)


def list_users(context: Context) -> list[User]:
    """Return the users by name, disabled ones too."""
    with context.ledger.read() as work:
        return work.users.all()


def set_role(context: Context, name: str, role: Role, *, actor: str) -> User:
    """Give a user another role, which counts at once.

    Raises NotFoundError, and RefusedActionError for the last admin, and for one whose provider gives the role.
    """
    with context.ledger.begin() as work:
        user = _get(work, name, lock=True)
        _refuse_of_provider(user, "the role follows from the person's groups there")
        if role is not Role.ADMIN:
            _refuse_last_admin(work, user)
        work.users.change(name, role=role.value)
        record_action(work, actor, "user.set_role", name, details={"role": role.value, "before": user.role.value})
        return _get(work, name)


def set_password(context: Context, name: str, password: str, *, actor: str) -> User:
    """Set a user's password, and end their sessions. Raises NotFoundError, RefusedActionError."""
    password_hash = hash_password(password)
    with context.ledger.begin() as work:
        _refuse_of_provider(_get(work, name, lock=True), "a password is set there")
        work.users.change(name, password_hash=password_hash)
        work.sessions.end_all_of(name)
        record_action(work, actor, "user.set_password", name)
        return _get(work, name)


def disable_user(context: Context, name: str, *, actor: str) -> User:
    """Disable a user: their sessions end, their API tokens are refused. Raises as `set_role` does."""
    with context.ledger.begin() as work:
        _refuse_last_admin(work, _get(work, name, lock=True))
        work.users.change(name, is_active=False)
        work.sessions.end_all_of(name)
        record_action(work, actor, "user.disable", name)
        return _get(work, name)


def enable_user(context: Context, name: str, *, actor: str) -> User:
    """Let a disabled user sign in again. Raises NotFoundError."""
    with context.ledger.begin() as work:
        _get(work, name, lock=True)
        work.users.change(name, is_active=True)
        record_action(work, actor, "user.enable", name)
        return _get(work, name)


def _valid_name(name: str) -> str:
    try:
        return _NAME.validate_python(name)
    except ValidationError:
        raise RefusedActionError(
            "A user's name has up to 64 lower-case letters, digits, dots, hyphens, underscores and @, and begins with a"
            " letter or digit."
        ) from None


def _get(work: UnitOfWork, name: str, *, lock: bool = False) -> User:
    user = work.users.find(name, lock=lock)
    if user is None:
        raise NotFoundError(f"There is no user {name}.")
    return user


def _refuse_of_provider(user: User, reason: str) -> None:
    if user.issuer is not None:
        raise RefusedActionError(f"{user.name} signs in by the identity provider {user.issuer}: {reason}.")


def _refuse_last_admin(work: UnitOfWork, user: User) -> None:
    others = [
        other for other in work.users.all() if other.role is Role.ADMIN and other.is_active and other.name != user.name
    ]
    if user.role is Role.ADMIN and user.is_active and not others:
        raise RefusedActionError(f"{user.name} is the only admin; make another user admin first.")
