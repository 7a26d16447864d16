"""The one way out: HTTP calls to Amazon and Commerce.

One `HttpClient` a system (and a second for its sign-in server, a third for file storage), opened by the composition
root and kept for the life of the process:

    client = HttpClient("commerce", base_url, authentication, CommerceErrors(), Conditions(calls=32, error_log=log))
    reply = client.call(Call("look up orders", "GET", "/V1/orders?...", store_id="us"))
    reply.data                                  # JSON, fractions as Decimal; None for an empty body (204)

**Replies** are classified once, in `Outcome`, and reach the caller in one of three ways:

    done        2xx                                              the `Reply`
    refused     400, 404, 409, 422 with JSON                     CallRefusedError with the reply; or the `Reply` itself,
                                                                 for a status that `Call.answers` names
    blocked     401, 403, a wrong certificate, a proxy's refusal CallFailedError: deferred until a person has mended it
    try later   408, 429, 5xx, too slow, unreachable             CallFailedError, with `retry_after` of the reply
    broken      a redirect, HTML, half of a JSON text, > 16 MiB  CallFailedError

A gateway returns CallFailedError as the result of its request (`gateways.port.Result`), so its event is deferred with
growing delay and never given up. It turns CallRefusedError into the answer that the refusal means (RequestRefused,
Accepted, ...), which only the gateway can read. Its request has to be safe to repeat, as the port demands.

**Repeated at once** are calls whose answer was lost, and calls that were throttled or met a server that is unavailable
for the moment, up to three times within five seconds (`repeats`): those that are idempotent by their method, or that
say so (`Call.repeatable`); any call that was throttled or found no connection, since it was not carried out. A call
that was refused for its credentials is repeated once, when there are others by now. Only the last failure is a
communication error.

**A system's own errors** are an `ErrorFormat`: `outcome` says what a status means there (start from `outcome_of`, and
state only the exceptions), `problem` gives code, sentence and request id. A sentence must not repeat the request: it
is stored, logged and shown.

**Credentials** are an `Authentication`: `headers` signs one call, `renew` says whether there are other credentials than
those that were refused. For access tokens wrap a `TokenSource`, which fetches each token once for all threads; its
fetch function makes its call with a client of its own. Headers go to addresses below the client's base URL only.

**Limits** bound each phase of a call, its whole time and the answer's size: the wait for a free connection, the name's
look-up, connecting, TLS, sending, and each wait for a part of the answer. The whole time holds for a server, too, that
sends a byte now and then (`connections`). Redirects are not followed, cookies not kept. The address has to be encoded:
it is sent as it is given.

**At once** a client makes at most `Conditions.calls` calls. `submit` has a function, which makes one or more calls in
turn, done by one of as many threads, and returns a Future. Work of one event is one function, so a slow call holds up
its own event only.

**A rate** is kept by a `RateBudget`: a call with `Call.budget` reserves its turn there and waits up to MAX_RATE_WAIT
seconds for it in its thread; beyond that it raises RateUsedUpError, which is no communication error, and its event is
deferred. `observe` is shown every reply, for a rate that it states and for a 429.

**Failures** are logged as communication errors (`ErrorLog`, kept by the ledger): system, operation, outcome, code,
sentence, store, order, the other side's request id.

Tests run against `tests.gateways.http.server`, a real server on loopback that misbehaves on demand.
"""
