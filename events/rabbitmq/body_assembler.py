"""Assembling deliveries from frames, of large bodies their beginning only."""

from pika.channel import Channel, ContentFrameAssembler
from pika.frame import Body, Header, Method

from events.cloud_event import HARD_LIMIT
from events.large_bodies import LargeBodyReader


class BodyAssembler(ContentFrameAssembler):  # type: ignore[misc]  # pika ships no types
    """pika's assembler, which keeps whole bodies of any size until they are acknowledged by the consumer.

    A large body is read frame by frame, of 128 KiB, and becomes a `BodyBeginning`.
    """

    _large_body: LargeBodyReader | None = None

    @classmethod
    def install(cls, channel: Channel) -> None:
        """Assemble the deliveries of a new channel."""
        channel._content_assembler = cls()  # noqa: SLF001 - pika has no setting for it

    def _handle_body_frame(self, body_frame: Body) -> tuple[Method, Header, bytes] | None:
        if self._header_frame.body_size <= HARD_LIMIT:
            content: tuple[Method, Header, bytes] | None = super()._handle_body_frame(body_frame)
            return content
        reader = self._large_body = self._large_body or LargeBodyReader()
        reader.read(body_frame.fragment)
        self._seen_so_far += len(body_frame.fragment)
        if self._seen_so_far < self._header_frame.body_size:
            return None
        content = (self._method_frame, self._header_frame, reader.result())
        self._reset()
        return content

    def _reset(self) -> None:
        super()._reset()
        self._large_body = None
