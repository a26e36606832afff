"""How officials sign in: passwords, invitations, sessions, identities elsewhere, and what failed lately."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import one_of


class Method(StrEnum):
    """By what somebody signed in."""

    PASSWORD = "password"
    PROVIDER = "provider"
    INVITATION = "invitation"


class Ending(StrEnum):
    """Why a session was ended before its time."""

    SIGNED_OUT = "signed_out"
    ELSEWHERE = "elsewhere"  # by the same person, from another of their sessions
    REPLACED = "replaced"  # somebody signed in anew in the same browser
    TOO_MANY = "too_many"
    PASSWORD = "password"
    RESET = "reset"
    ADMINISTRATOR = "administrator"


class Counted(StrEnum):
    """Whose failures are counted together."""

    DEVICE = "device"
    ACCOUNT = "account"
    ADDRESS = "address"
    SESSION = "session"


class PasswordSignIn(Base):
    """A person's password, as a hash, and the app that makes their codes, as it can be read by the key file."""

    __tablename__ = "passwords"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    name: Mapped[str] = mapped_column(
        String(254), unique=True, comment="the address of mail, folded; one person's"
    )
    password_hash: Mapped[str] = mapped_column(String(200), comment="argon2id")
    set_at: Mapped[datetime]
    enrolment: Mapped[UUID] = mapped_column(comment="another with each invitation: known devices belong to it")
    totp_secret: Mapped[bytes] = mapped_column(comment="encrypted")
    totp_step: Mapped[int] = mapped_column(
        BigInteger, comment="half minutes since 1970; none up to it is accepted"
    )
    pending_totp: Mapped[bytes | None] = mapped_column(comment="encrypted; shown, and not proven yet")
    pending_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that is good once, where the app that makes codes is lost. Only its hash is kept."""

    __tablename__ = "recovery_codes"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    used_at: Mapped[datetime | None]


class Invitation(Base):
    """A secret by which somebody sets their password, once and soon. Only its hash is kept."""

    __tablename__ = "invitations"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), comment="null: on the command line")
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None] = mapped_column(comment="also by the one made after it")


class SignIn(Base):
    """A session of a browser. Only the hash of what its cookie says is kept."""

    __tablename__ = "sign_ins"
    __table_args__ = (one_of("method", Method), one_of("ended_why", Ending))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    method: Mapped[str] = mapped_column(String(10))
    agent: Mapped[str] = mapped_column(String(60), comment="browser and system, as it says")
    address: Mapped[str | None] = mapped_column(String(45), comment="of the network; null: not known")
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(comment="to some minutes")
    ends_at: Mapped[datetime] = mapped_column(index=True, comment="at all events")
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None] = mapped_column(String(13))


class SignInFailure(Base):
    """How often it went wrong lately: by one known device, of one name, from one network, in one session."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (one_of("kind", Counted),)
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True, comment="SHA-256 of whose they are")
    kind: Mapped[str] = mapped_column(String(7))
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)


class ExternalIdentity(Base):
    """Somebody whom a provider of identities knows, and who that is here."""

    __tablename__ = "external_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime]
