/** A rule means the same on the wire as where a policy is evaluated and explained. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Codec } from '#core/codec.ts'
import type { Vocabulary } from '#core/protocol.ts'
import { initialCommandState, remember, type CommandState } from '#policy/command-state.ts'
import { evaluateCommand, evaluateCommands } from '#policy/commands.ts'
import { codecs } from '#protocols/codecs.ts'
import { Random } from '#protocols/fuzz/random.ts'
import { Flow } from './flow.ts'
import { Judge } from './judge.ts'
import { commandOf, ProcessState } from './process-state.ts'
import { randomConduit, randomMessage } from './random-rules.ts'
import { Rules } from './rules.ts'

const [from, to] = ['198.18.1.10', '198.18.2.10']

const flowOf = (codec: Codec, rules: readonly Rules[]): Flow =>
  new Flow({
    words: [],
    ports: [40_000, 1],
    names: [from, to],
    vlan: 0,
    family: 4,
    client: 0,
    transport: 'tcp',
    terms: {
      codec,
      rules,
      watching: rules.filter(({ stateful }) => stateful),
      passive: false,
      denyAction: 'exception',
      closedOn: new Set(),
      until: Infinity,
    },
    backTerms: undefined,
    whole: true,
    now: 0,
    generation: 0,
    termsUntil: Infinity,
  })

/** A few commands of a protocol: rules about few meet often. */
const some = (random: Random, vocabulary: Vocabulary): Vocabulary => {
  const asked = Object.entries(vocabulary.ops).filter(([, { from: sender }]) => sender !== 'server')
  const valued = asked.filter(([, { constraints = [] }]) => constraints.includes('values'))
  return { ...vocabulary, ops: Object.fromEntries([asked, asked, valued].map((each) => random.pick(each))) }
}

const seen = new Map<string, number>()

for (const codec of Object.values(codecs)) {
  const { vocabulary } = codec
  describe(vocabulary.title, () => {
    test('what the tables say of a command is what evaluation says', () => {
      const random = new Random(vocabulary.name.length)
      const outcomes = { permit: 0, deny: 0 }
      for (let turn = 0; turn < 70; turn++) {
        const few = some(random, vocabulary)
        const conduit = randomConduit(random, few, 'c', false)
        const rules = new Rules(vocabulary, conduit)
        for (let each = 0; each < 10; each++) {
          const message = randomMessage(random, few)
          const parsed = message.commands[0]
          assert.ok(parsed !== undefined)
          const command = commandOf(parsed, from, to, 0)
          const { outcome } = evaluateCommand(vocabulary, conduit, command, initialCommandState)
          outcomes[outcome]++
          assert.equal(rules.quick(parsed, true), outcome, JSON.stringify({ turn, allow: conduit.allow, command }))
        }
      }
      assert.ok(outcomes.permit > 100 && outcomes.deny > 100, JSON.stringify(outcomes))
    })

    test('a sequence under step, rate and while is judged as evaluation judges it', () => {
      const random = new Random(vocabulary.name.length + 100)
      for (let turn = 0; turn < 50; turn++) {
        const few = some(random, vocabulary)
        const conduits = ['a', 'b'].map((id) => randomConduit(random, few, id, true))
        const flow = flowOf(
          codec,
          conduits.map((conduit) => new Rules(vocabulary, conduit)),
        )
        const judge = new Judge(new ProcessState(), () => {})
        let state: CommandState = initialCommandState
        const history: string[] = []
        for (let now = 1_000; now < 41_000; now += 1 + random.below(2_000)) {
          const message = randomMessage(random, few)
          const parsed = message.commands[0]
          assert.ok(parsed !== undefined)
          const command = commandOf(parsed, from, to, now)
          flow.lastSeen = now
          if (random.once(4)) {
            message.role = 'response'
            judge.observe(message, flow, 1)
            state = remember(state, command)
            history.push(`shows ${JSON.stringify(command)}`)
            continue
          }
          const denial = judge.message(message, flow, 0)
          if (denial === undefined) judge.observe(message, flow, 0)
          const verdict = evaluateCommands(vocabulary, conduits, command, state)
          state = verdict.state
          history.push(`${verdict.outcome} ${JSON.stringify(command)}`)
          const reason = verdict.outcome === 'permit' ? 'permitted' : verdict.reason
          seen.set(reason, (seen.get(reason) ?? 0) + 1)
          assert.equal(
            denial?.reason ?? 'permitted',
            reason,
            `turn ${turn}: ${JSON.stringify(conduits.map(({ allow }) => allow))}\n${history.join('\n')}`,
          )
        }
      }
    })
  })
}

test('every reason has come up often', () => {
  for (const reason of [
    'permitted',
    'constraint-broken',
    'step-too-large',
    'rate-exceeded',
    'while-unknown',
    'while-false',
  ])
    assert.ok((seen.get(reason) ?? 0) > 20, `${reason}: ${JSON.stringify([...seen])}`)
})
