/** Real attacks on the plant of the lab, recorded where the edge will stand: nothing of them is in what is proposed from the recording. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { liveRecords } from '#cli/discover/live.ts'
import { enforcedOn, learn, observedIn, type Learned } from '#discover/learned/learning.ts'
import { permittedAttacks } from '#discover/learned/permitted-attacks.ts'
import { looseIn } from '#discover/learned/tight.ts'
import type { Result } from '#discover/simulate/index.ts'
import { program } from '#lab/plant/device.ts'
import { bottling, edgeDevices } from '#lab/plant/hosts.ts'
import { ipBatch } from '#lab/plant/ip-batch.ts'
import { buildPlant, type Plant } from '#lab/plant/plant.ts'
import { Production } from '#lab/plant/production.ts'
import { runIp } from '#linux/ip.ts'
import { timeOf } from '#packet/packets.ts'
import type { CaptureRecord } from '#packet/records.ts'

/** What comes in by every port of a switch in the place of the edge: each frame once. */
const recorded = async (plant: Plant, signal: AbortSignal): Promise<readonly CaptureRecord[]> => {
  const devices = edgeDevices(plant.site, bottling)
  await ipBatch(
    [
      'link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
      ...devices.map((device) => `link set ${device} master br0 up`),
      'link set br0 addrgenmode none up',
    ],
    bottling.namespace,
  )
  const read = devices.map(async (device) => {
    const records: CaptureRecord[] = []
    for await (const batch of liveRecords(device, { signal, namespace: bottling.namespace })) {
      assert.equal(batch.lost, 0)
      records.push(...batch.records)
    }
    return records
  })
  const records = (await Promise.all(read)).flat().toSorted((a, b) => timeOf(a) - timeOf(b))
  for (const [index, record] of records.entries()) record.number = index + 1
  return records
}

/** Everything that the attackers of the lab can do to a plant that nobody protects. */
const attack = async (plant: Plant): Promise<void> => {
  const ip = (name: string) => plant.host(name).ip
  const nmap = (...words: readonly string[]) => plant.run('laptop', ['nmap', '-n', '-T5', ...words])
  const order = (host: string, client: string, target: string, ...orders: readonly string[]) =>
    plant.run(host, program(client, '--host', ip(target), '--', ...orders))
  await nmap('-sn', '-PR', '198.18.1.0/24')
  await nmap('-Pn', '-sS', '-p', '1-60', ip('plc-cap'))
  await order('laptop', 'operator', 'plc-fill', 'write 101 70', 'switch 0 on')
  await order('ews', 's7/engineer', 'plc-weigh', 'read 10', 'stop', 'download 1')
  await plant.run('camera', [
    'hping3',
    '-q',
    '-S',
    '-a',
    ip('hmi'),
    '-p',
    '502',
    '-i',
    'u50000',
    '-c',
    '5',
    ip('plc-fill'),
  ])
}

describe('a plant that is attacked while it is recorded', () => {
  let plant: Plant
  let learned: Learned
  let result: Result

  before(async () => {
    plant = await buildPlant(bottling)
    const stop = new AbortController()
    const recording = recorded(plant, stop.signal)
    await Production.serve(plant)
    const production = Production.poll(plant)
    await sleep(6000)
    await attack(plant)
    await sleep(1000)
    const polls = await production.totals()
    assert.ok(
      polls.every(({ answered }) => answered > 10),
      JSON.stringify(polls),
    )
    stop.abort()
    const records = await recording
    learned = learn(observedIn(records, 'plant'))
    result = enforcedOn(learned.proposal, records)
  })
  after(async () => {
    for (const { name } of plant.hosts)
      for (const pid of (await runIp(['netns', 'pids', name])).split('\n'))
        if (pid !== '') process.kill(Number(pid), 'SIGKILL')
  })

  it('shows who did what', () => {
    const { laptop, ews, camera } = Object.fromEntries(plant.hosts.map((host) => [host.name, host]))
    const found = new Set(learned.signs.map(({ kind, techniques, source }) => [kind, ...techniques, source].join(' ')))
    const expected = [
      `scan T0846 ${laptop?.ip}`,
      `scan T0846 ${laptop?.mac}`,
      `new-master T1692.001 T0836 ${laptop?.ip}`,
      `device-stop T0858 T0816 ${ews?.ip}`,
      `program-download T0843 ${ews?.ip}`,
      `address-conflict T0830 ${camera?.ip}`,
    ]
    assert.deepEqual(
      expected.filter((sign) => !found.has(sign)),
      [],
      [...found].join('\n'),
    )
  })

  it('teaches nothing of it', () => {
    const { proposal, observed } = learned
    assert.deepEqual(proposal.defects, [])
    assert.deepEqual(permittedAttacks(learned, result), [])
    assert.deepEqual(looseIn(proposal.site, observed), [])
    const strangers = ['laptop', 'camera'].map((name) => plant.host(name))
    for (const { ip, mac } of strangers) {
      assert.ok(!JSON.stringify(proposal.site).includes(mac), `${mac} is nobody’s`)
      for (const { client, server, service, outcome } of result.conversations)
        if (client === ip || server === ip) assert.equal(outcome.permitted, 0, `${client} to ${server}, ${service}`)
    }
  })

  it('teaches every poll of it', () => {
    const workers = new Set(['hmi', 'historian'].flatMap((name) => [plant.host(name).ip, plant.host(name).ip6]))
    const polls = result.commands.filter(({ client, op }) => workers.has(client) && op === 'read-holding-registers')
    assert.equal(polls.length, 6)
    for (const { client, server, outcome } of polls) assert.equal(outcome.denied, 0, `${client} to ${server}`)
  })
})
