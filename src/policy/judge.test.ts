import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Site } from '#schema/site.ts'
import { resolveEnd } from './ends.ts'
import { everyScenario } from './every-scenario.ts'
import { enforced, judge, plansAbout, plansFor, plansOf } from './judge.ts'
import { loadPolicy } from './load.ts'
import { readQuery } from './query.ts'

const now = Date.parse('2026-11-27T10:00:00Z')
const siteOf = (file: string) => loadPolicy(new URL(`../../${file}`, import.meta.url).pathname).site
const [bottling, lab] = [siteOf('examples/riverside-bottling.yaml'), siteOf('lab/plant.yaml')]

const asked = (site: Site, from: string, to: string, service: string) => {
  const { asked: question, faults } = readQuery(site, { from, to, service })
  assert.ok(question !== undefined, JSON.stringify(faults))
  return question
}

describe('what is compiled for one question', () => {
  for (const plant of [bottling, lab])
    it(`comes out as with the whole plan, whoever asks whom for what: ${plant.site}`, () => {
      const ends = [...Object.keys(plant.assets), ...Object.keys(plant.zones), 'any', '198.18.1.99']
      const services = [...new Set(plant.conduits.map(({ service }) => service)), 'tcp/22', 'icmp']
      const all = plansOf(plant)
      let count = 0
      for (const from of ends)
        for (const to of ends)
          for (const service of services) {
            const question = asked(plant, from, to, service)
            const verdicts = (plans: typeof all) =>
              [...everyScenario(plans, question)].map((scenario) => {
                const { answer, reason, detail, trace } = judge(scenario, question, now)
                return { edge: scenario.plan.edge, part: scenario.part, answer, reason, detail, trace }
              })
            const whole = verdicts(all)
            count += whole.length
            assert.deepEqual(verdicts(plansAbout(plant, question)), whole, `${from} to ${to}: ${service}`)
          }
      assert.ok(count > 300, `${count} conversations`)
    })

  it('has no element of a conversation between others', () => {
    const [from, to] = [bottling.conduits[0]!.from, bottling.conduits[0]!.to]
    const question = asked(bottling, from, to, bottling.conduits[0]!.service)
    const ends = new Set([...question.from, ...question.to].flatMap(({ ips }) => ips))
    const exact = plansAbout(bottling, question).flatMap((plan) => plan.exact)
    assert.ok(exact.length > 0)
    assert.ok(exact.every(({ src, dst }) => ends.has(src) || ends.has(dst)))
    assert.ok(exact.length < plansOf(bottling).flatMap((plan) => plan.exact).length)
  })
})

const cells = Site.parse({
  version: 1,
  site: 'cells',
  edges: Object.fromEntries(
    [1, 2].map((n) => [
      `edge-${n}`,
      { bridge: 'br0', ports: { [`in-${n}`]: { zones: [`hall-${n}`] }, [`out-${n}`]: { zones: [`cell-${n}`] } } },
    ]),
  ),
  zones: Object.fromEntries(
    [1, 2].flatMap((n) => [
      [`hall-${n}`, { level: 2, networks: [`198.18.${n}.0/25`], mode: 'enforce' }],
      [`cell-${n}`, { level: 1, networks: [`198.18.${n}.128/25`], mode: 'enforce' }],
    ]),
  ),
  assets: { plc: { ips: ['198.18.1.130'], zone: 'cell-1', kind: 'plc' } },
  groups: { plcs: { kinds: ['plc'] } },
})

describe('plans of a policy', () => {
  it('are compiled for the edges that stand between the ends, and once', () => {
    const plans = plansFor(cells)
    const question = asked(cells, 'hall-1', 'plc', 'modbus')
    assert.deepEqual(
      plans(question).map(({ edge }) => edge),
      ['edge-1'],
    )
    assert.equal(plans(question)[0], plans(question)[0])
  })
  it('are those of the policy itself where every zone enforces already', () => {
    assert.equal(enforced(cells), cells)
    const shadow = {
      ...cells,
      zones: { ...cells.zones, 'cell-1': { ...cells.zones['cell-1']!, mode: 'shadow' as const } },
    }
    assert.deepEqual(enforced(shadow), cells)
  })
})

describe('a group that describes its members', () => {
  it('is looked for among the assets once, whoever asks', () => {
    const end = resolveEnd(cells, 'plcs')
    assert.equal(resolveEnd({ ...cells, conduits: [] }, 'plcs'), end)
    assert.deepEqual(
      end?.assets.map(({ name }) => name),
      ['plc'],
    )
  })
  it('is looked for again among other assets', () => {
    const more = { ...cells, assets: { ...cells.assets, spare: { ...cells.assets['plc']!, ips: ['198.18.1.131'] } } }
    assert.equal(resolveEnd(more, 'plcs')?.assets.length, 2)
  })
})
