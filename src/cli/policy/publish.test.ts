import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PublishRequest, RollbackRequest } from '#schema/manager-rollouts.ts'
import { createWholeProgram } from '../program.ts'

const policy = (await createWholeProgram()).commands.find((command) => command.name() === 'policy')
/** What the help says is taken where an option is not given. */
const helped = (name: string): Record<string, number> =>
  Object.fromEntries(
    (policy?.commands.find((command) => command.name() === name)?.options ?? []).flatMap(({ long, description }) => {
      const usual = /\(default: (\d+)\)$/.exec(description)?.[1]
      return usual === undefined ? [] : [[String(long).slice(2), Number(usual)]]
    }),
  )

for (const [name, { plan }] of [
  ['publish', PublishRequest.parse({ revision: 1 })],
  ['rollback', RollbackRequest.parse({ newest: 1, reason: 'too strict' })],
] as const)
  test(`the help of ${name} has the defaults of the manager`, () => {
    const { soak, grace, patience, floor, factor } = plan
    assert.deepEqual(helped(name), { soak, grace, patience, floor, factor })
  })
