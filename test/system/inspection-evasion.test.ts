/**
 * Ways around the judgement of commands, each at a real controller, first on a plain wire and then through an edge: no forbidden command
 * is executed, no permitted one is lost, and whoever else talks to the controller goes on.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fragments, functions, lengths, others, version6 } from './inspection/evasion-content.ts'
import type { Row } from './inspection/evasion-row.ts'
import { flags, options } from './inspection/evasion-flags.ts'
import { order, segments } from './inspection/evasion-stream.ts'
import { Ground, groundPolicy, read, readAnswer, target } from './inspection/proving-ground.ts'
import type { Talker } from './inspection/cell.ts'

const groups: Readonly<Record<string, readonly Row[]>> = {
  'where segments begin': segments,
  'in which order bytes come': order,
  'what a segment says of itself': flags,
  'TCP options': options,
  'functions that are not allowed': functions,
  'wrong lengths': lengths,
  'what is not Modbus': others,
  'IP fragments': fragments,
  IPv6: version6,
}

let ground: Ground
let hmi: Talker
before(async () => {
  ground = await Ground.build('evade')
  const liar = ground.start('liar', 'test/system/inspection/chatterbox.ts')
  await liar.line()
  hmi = ground.start('hmi')
})
after(async () => {
  const events = (await ground.daemon?.events({ limit: 1000 })) ?? []
  const failed = events.filter(({ kind }) => kind === 'failure-window' || kind === 'inspection' || kind === 'degraded')
  await ground[Symbol.asyncDispose]()
  assert.deepEqual(
    failed.map(({ text }) => text),
    [],
    'the inspector failed',
  )
})

const run = async (row: Row) => {
  const peer = row.peer?.(ground) ?? ground.peer(row.options)
  await peer.open(row.opening)
  await row.attack(peer)
  const missing: string[] = []
  for (const id of row.answered ?? []) if (!(await peer.hears(readAnswer(id)))) missing.push(`the answer to ${id}`)
  for (const words of row.hears ?? []) if (!(await peer.hears(words))) missing.push(words)
  await peer.listen(60)
  return { peer, missing, value: await ground.value() }
}

describe('on a plain wire', () => {
  for (const [group, rows] of Object.entries(groups))
    describe(group, () => {
      for (const row of rows.filter(({ plain }) => plain === 'executed'))
        test(`${row.name}: the controller executes it`, async () => {
          const { value } = await run({ ...row, answered: [], hears: [] })
          await ground.restore()
          assert.notEqual(value, target.before)
        })
    })
})

describe('through an edge that permits reads', () => {
  let number = 1000
  const healthy = async () => {
    const answer = await hmi.exchange(read(++number), 13, 30_000)
    assert.ok(answer.startsWith(readAnswer(number)), `another client was disturbed: ${answer}`)
  }
  before(async () => {
    await ground.enforce(groundPolicy({ allow: ['read'] }))
    await hmi.ask({ connect: ['198.18.1.10', 502] })
    await healthy()
  })
  for (const [group, rows] of Object.entries(groups))
    describe(group, () => {
      for (const row of rows)
        test(row.name, async () => {
          const { peer, missing, value } = await run(row)
          if (value !== target.before) await ground.restore()
          assert.equal(value, target.before, 'a forbidden command was executed')
          assert.deepEqual(missing, [], `came back: ${peer.data}`)
          for (const words of row.never ?? []) assert.ok(!peer.data.includes(words), peer.data)
          if (row.survives === true) assert.equal(peer.ended.reset, false, 'the connection was reset')
          await healthy()
        })
    })
})
