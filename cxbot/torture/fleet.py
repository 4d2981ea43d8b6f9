"""Visitors who ask, press on where nothing answers, lose their network, open a second tab, and go; and the agents that
they are handed over to. What they say and do is drawn from the seed; when it happens is up to the machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from time import monotonic
from uuid import UUID

import httpx

from cxbot.torture import session
from cxbot.torture.agents import Agent
from cxbot.torture.history import Journal
from cxbot.torture.servers import Deployment
from cxbot.torture.session import Session
from cxbot.torture.tab import Tab

__all__ = ["Fleet"]

TEXTS = (
    "ঢাকার ভিতরে ডেলিভারি চার্জ কত?",
    "ডেলিভারি পেতে কত দিন লাগে?",
    "delivery charge koto?",
    "bkash e payment kora jabe?",
    "How can I return a product?",
    "Which payment methods do you accept?",
    "ধন্যবাদ",
    "hello",
    "xyzzy plugh",
    "ami ekjon manusher sathe kotha bolte chai",
    "এজেন্টের সাথে কথা বলতে চাই",
    "Let me talk to a real person, please",
)
ANSWER_SECONDS = 6.0  # without `accepted`, after which a message is sent again
BEGINS_OVER_HTTP = POSTS = BREAKS_OFF = 0.15  # how often
REPEATS = 0.3
SECOND_TAB = 0.5
LOOK_AGAIN_MS = 300


class Fleet:
    """`visitors` of them at any time: each says up to a dozen things and goes, and another comes. `agents` are the keys
    of the sessions of those who are signed in."""

    def __init__(
        self, deployment: Deployment, visitors: int, agents: Mapping[str, str], seed: int, journal: Journal
    ) -> None:
        self._addresses, self._visitors, self._seed, self._journal = deployment.addresses, visitors, seed, journal
        self._here: dict[Tab, Session] = {}
        self._agents = [
            Agent(name, key, self._addresses, deployment.database, journal, Random(f"{seed}/{name}"), self._here)  # noqa: S311
            for name, key in agents.items()
        ]
        self._finishing = False
        self._pending = 0  # messages that are not accepted yet

    async def run(self) -> None:
        """Talk until `finish`, and until all that was said is accepted; then stay and listen."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as client:
            visitors = (self._seat(client, number) for number in range(self._visitors))
            agents = (agent.run(client, lambda: self._finishing) for agent in self._agents)
            await asyncio.gather(*visitors, *agents)

    def finish(self) -> None:
        self._finishing = True

    def has_heard(self, heads: Mapping[UUID, int]) -> bool:
        """Whether everybody's messages are accepted, and every tab has heard up to the head of its conversation."""
        return self._pending == 0 and all(
            shared.conversation is None or tab.seq == heads.get(shared.conversation)
            for tab, shared in self._here.items()
        )

    async def close(self) -> None:
        await asyncio.gather(*(tab.close() for tab in self._here))

    async def _seat(self, client: httpx.AsyncClient, number: int) -> None:
        """One visitor after the other."""
        rng = Random(f"{self._seed}/{number}")  # noqa: S311 - it repeats, it hides nothing
        await asyncio.sleep(rng.uniform(0, 2))
        generation = 0
        while not self._finishing:
            generation += 1
            shared = await session.begin(client, rng.choice(self._addresses))
            tabs = await self._talk(f"{number}.{generation}", shared, rng)
            if not self._finishing:
                for tab in tabs:
                    del self._here[tab]
                    await tab.leave()

    async def _talk(self, name: str, shared: Session, rng: Random) -> list[Tab]:
        first = rng.randrange(len(self._addresses))
        second_at = rng.randint(1, 5) if rng.random() < SECOND_TAB else 0
        begins_over_http = rng.random() < BEGINS_OVER_HTTP
        tabs: list[Tab] = []

        def open_tab() -> None:
            address = self._addresses[(first + len(tabs)) % len(self._addresses)]
            tabs.append(Tab(f"{name}{'ab'[len(tabs)]}", address, shared, self._journal, _of(rng)))
            self._here[tabs[-1]] = shared

        open_tab()
        for said in range(rng.randint(6, 12)):
            if self._finishing:
                break
            if said and said == second_at:
                open_tab()
            if said or not begins_over_http:
                tabs[-1].start()
            await self._deliver(rng.choice(TEXTS), tabs, shared, _of(rng))
            tabs[-1].start()
            if rng.random() < BREAKS_OFF:
                rng.choice(tabs).break_off()
            await asyncio.sleep(rng.uniform(0.2, 2.5))
        return tabs

    async def _deliver(self, body: str, tabs: Sequence[Tab], shared: Session, rng: Random) -> None:
        """Send it, by any tab and any way, until it is accepted; sometimes once more after that."""
        cid = UUID(int=rng.getrandbits(128), version=4)
        self._pending += 1
        while retry_ms := await self._try(cid, body, rng.choice(tabs), shared, rng):
            await asyncio.sleep(retry_ms / 1000)
        self._pending -= 1
        if rng.random() < REPEATS:
            await rng.choice(tabs).say(cid, body)

    async def _try(self, cid: UUID, body: str, tab: Tab, shared: Session, rng: Random) -> int:
        """0 if it was accepted; or the milliseconds after which to try again."""
        answer, connection = shared.answer_to(cid), tab.opened
        # Until the first answer nobody knows the conversation: two ways at once would begin two.
        if not tab.is_started or (shared.conversation is not None and rng.random() < POSTS):
            await tab.post(cid, body)
        elif tab.is_open:
            await tab.say(cid, body)
        else:
            return LOOK_AGAIN_MS
        patience = monotonic() + ANSWER_SECONDS
        while not answer.done() and monotonic() < patience and tab.opened == connection:
            await asyncio.wait({answer}, timeout=LOOK_AGAIN_MS / 1000)
        return answer.result() if answer.done() else LOOK_AGAIN_MS


def _of(rng: Random) -> Random:
    """Another, so that how often one is asked does not change what the other says."""
    return Random(rng.random())  # noqa: S311 - it repeats, it hides nothing
