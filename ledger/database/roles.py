"""Roles on PostgreSQL with least privilege: an owner that migrates, the processes' role, and one that reads."""

OWNER, APP, READER = "owner", "app", "reader"
ROLES = (OWNER, APP, READER)

_ROLE = """
SELECT 'CREATE ROLE {name} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
ALTER ROLE {name} LOGIN PASSWORD :'{role}_password';"""

_SCRIPT = """\
-- Makes Crossdock's roles and database; repeating it changes nothing. Tables of an older installation get the owner.
-- Run it as a superuser: psql --no-psqlrc --file postgresql.sql postgres, with the passwords in the environment.
\\set ON_ERROR_STOP on
{passwords}
{roles}

SELECT $$CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'$$
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
ALTER DATABASE {database} OWNER TO {owner};
\\connect {database}
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {app}, {reader};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO {owner};
GRANT USAGE ON SCHEMA public TO {app}, {reader};
SELECT format('ALTER TABLE public.%I OWNER TO {owner}', tablename) FROM pg_tables
WHERE schemaname = 'public' AND tableowner <> '{owner}' \\gexec

-- The processes: rows alone. They make, change and drop no table.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE ON SEQUENCES TO {app};

-- Reports and monitoring. Personal data and messages are encrypted.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON TABLES TO {reader};
"""


def role_names(prefix: str) -> dict[str, str]:
    """Return the roles' names on the server; *prefix* is that of all accounts, such as `crossdock-`."""
    return {role: f"{prefix.replace('-', '_')}{role}" for role in ROLES}


def roles_script(prefix: str, database: str, names: dict[str, str]) -> str:
    """Return a script for psql. *names* are the environment variables of the roles' passwords."""
    roles = role_names(prefix)
    return _SCRIPT.format(
        **roles,
        database=database,
        passwords="\n".join(f"\\getenv {role}_password {names[role]}" for role in ROLES),
        roles="\n".join(_ROLE.format(role=role, name=roles[role]) for role in ROLES),
    )
