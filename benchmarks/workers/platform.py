"""A platform that only decides whether a request is within the shop's unpublished allowance.

It counts as the simulator does, in strict sliding seconds. One line a question over TCP, so that fifty shops at full
pace leave the machine's two cores to what is measured. A question takes 0-10 ms to arrive, and its answer 20 ms: even
spacing at the sender is not even spacing here, as on a real network.

Lines: `<number> <shop>` is answered `<number> 1` or `<number> 0`; `scale <factor>` changes every allowance;
`books` is answered by JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from random import Random

from benchmarks.workers.protocol import heard, say
from simulator.allowance import Allowance

ARRIVAL_SECONDS = 0.010
ANSWER_SECONDS = 0.020


class Platform:
    def __init__(self, allowances: list[int]) -> None:
        self.shops = {str(7494000000000000000 + n): Allowance(each) for n, each in enumerate(allowances)}
        self.last_accepted = dict.fromkeys(self.shops, 0.0)
        self._random = Random(7)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()

        def arrive(number: str, shop: str) -> None:
            accepted = self.shops[shop].accepts(loop.time())
            if accepted:
                self.last_accepted[shop] = loop.time()
            loop.call_later(ANSWER_SECONDS, writer.write, f"{number} {int(accepted)}\n".encode())

        while line := await reader.readline():
            first, *rest = line.decode().split()
            if first == "books":
                writer.write(json.dumps(self.books(loop.time())).encode() + b"\n")
            elif first == "scale":
                for allowance in self.shops.values():
                    allowance.per_second = max(1, round(allowance.per_second * float(rest[0])))
                writer.write(b"ok\n")
            else:
                loop.call_later(self._random.uniform(0, ARRIVAL_SECONDS), arrive, first, rest[0])
        writer.close()

    def books(self, now: float) -> dict[str, object]:
        return {
            "now": now,
            "shops": {
                shop: {
                    "allowance": each.per_second,
                    "accepted": each.accepted_total,
                    "throttled": each.throttled,
                    "last": self.last_accepted[shop],
                }
                for shop, each in self.shops.items()
            },
        }


async def main(allowances: list[int]) -> None:
    server = await asyncio.start_server(Platform(allowances).serve, "127.0.0.1", 0)
    say("ready")
    await heard()
    say(server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main([int(each) for each in sys.argv[2].split(",")]))
