"""SCN-REV-01-02: the model is replaced under load, and no request fails."""

from __future__ import annotations

import asyncio

import httpx


async def ask(client: httpx.AsyncClient, statuses: list[int]) -> None:
    """Ask for scores, one after the other."""
    for profile_id in range(1, 11):
        answer = await client.post(f"/scores/challenger/{profile_id}")
        statuses.append(answer.status_code)


async def test_scores_during_a_swap(client: httpx.AsyncClient) -> None:
    """Replace the challenger while twenty clients ask."""
    statuses: list[int] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(ask(client, statuses))
        group.create_task(client.put("/models/challenger"))
    assert len(statuses) == 200
    assert set(statuses) == {200}
