/** Stored events reach people and collectors; secrets and places of receivers. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as z from 'zod'
import { type ExchangeOptions, startExchange } from '#manager/exchange/start.ts'
import { addSource, removeSource, sourceNamed } from '#manager/exchange/lists/sources.ts'
import { addReceiver, listReceivers, receiverNamed, removeReceiver, wholeTarget } from '#manager/exchange/receivers.ts'
import { testReceiver } from '#manager/exchange/testing.ts'
import { NewReceiver, NewSource } from '#schema/manager-exchange.ts'
import { beside, type Beside, event } from './exchange/beside.ts'
import { endAll, httpsServer, type Pair, pairIn, smtpServer } from './exchange/servers.ts'
import { readyState } from './manager/start.ts'
import { until } from './until.ts'

let one: { readonly state: string; readonly log: string[] }
let two: Beside
let pair: Pair
before(async () => {
  // No manager runs on it: it would deliver, too, and has other events.
  one = { state: await readyState(), log: [] }
  two = await beside(one)
  pair = pairIn(one.state)
})
after(async () => {
  await endAll()
  await two.end()
})

const quick = { lookMs: 50, shortestMs: 20, longestMs: 100 }
const add = (name: string, target: object, more: object = {}) =>
  addReceiver(two.manager, 'ann', NewReceiver.parse({ name, target: { ca: pair.ca, ...target }, ...more }), {
    readers: two.readers,
    ownPorts: [],
  })
const running = async (work: () => Promise<void>, options: ExchangeOptions = {}): Promise<void> => {
  const exchange = startExchange(two.manager, { readers: two.readers, ...quick, ...options })
  try {
    await work()
  } finally {
    await exchange.close()
  }
}
const row = (name: string) => receiverNamed(two.manager, name)
const drop = (name: string) => removeReceiver(two.manager, 'ann', name)

describe('a person', () => {
  it('gets one mail for a storm, over STARTTLS, from a server that knows the account', async () => {
    const server = await smtpServer(pair)
    const target = {
      kind: 'smtp',
      host: 'localhost',
      port: server.port,
      from: 'ot@plant.example',
      to: ['ann@plant.example'],
    }
    await add('mail', { ...target, user: 'ot', password: 'mail secret', gather: 1 })
    await running(async () => {
      await two.store(
        ...Array.from({ length: 2000 }, () => event({ kind: 'scan', text: 'Scan \u001B[31m by ü.' })),
        event(),
      )
      await until('it is there', () => server.lines().length === 1)
      await until('it is on record', async () => (await row('mail')).delivered === 2001)
    })
    const Mail = z.object({
      from: z.string(),
      to: z.array(z.string()),
      tls: z.boolean(),
      user: z.string(),
      text: z.string(),
    })
    const mails = server.lines().map((line) => Mail.parse(JSON.parse(line)))
    assert.equal(mails.length, 1)
    const { text, ...rest } = mails[0]!
    assert.deepEqual(rest, { from: 'ot@plant.example', to: ['ann@plant.example'], tls: true, user: 'ot' })
    assert.match(text, /^Subject: Bulkhead: 2001 events at riverside: 1 contained, 2000 scan\r?$/m)
    assert.match(text, /2000 {2}scan/)
    assert.ok(!text.includes('\u001B'))
    await drop('mail')
    await server.end()
  })

  it('is told when the password of the mail account is wrong, without the password', async () => {
    const server = await smtpServer(pair)
    const target = { kind: 'smtp', host: 'localhost', port: server.port, from: 'a@b.example', to: ['a@b.example'] }
    await add('mail', { ...target, user: 'ot', password: 'wrong hunter2' })
    const result = await testReceiver(two.manager, 'ann', 'mail', [])
    assert.equal(result.ok, false)
    assert.match(result.what, /auth/i)
    assert.ok(!JSON.stringify(result).includes('hunter2'))
    await drop('mail')
    await server.end()
  })

  it('gets a short message through a gateway, whatever the event says', async () => {
    const server = await httpsServer(pair, () => ({ status: 202 }))
    const template = '{"messages":[{"to":"{to}","content":"{text}","from":"Plant"}]}'
    const url = `https://localhost:${server.port}/send`
    await add('sms', { kind: 'sms', url, to: ['+49301', '+49302'], template, gather: 1 })
    await running(async () => {
      await two.store(event({ text: '"},{"to":"+1900' }))
      await until('it is there', () => server.got.length === 2)
    })
    const message = (to: string) => ({
      messages: [{ to, content: 'Bulkhead riverside: "},{"to":"+1900', from: 'Plant' }],
    })
    assert.deepEqual(
      server.got
        .map(({ body }): unknown => JSON.parse(body))
        .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
      [message('+49301'), message('+49302')],
    )
    await drop('sms')
    await server.end()
  })
})

describe('an OpenTelemetry collector', () => {
  it('gets log records, and what it refuses of them is counted', async () => {
    const server = await httpsServer(pair, () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}',
    }))
    await add('otel', { kind: 'otlp', url: `https://localhost:${server.port}/v1/logs` })
    await running(async () => {
      await two.store(event(), event({ kind: 'tamper' }))
      await until('they are done', async () => (await row('otel')).dead === 1)
    })
    const Export = z.object({
      resourceLogs: z.tuple([z.object({ scopeLogs: z.tuple([z.object({ logRecords: z.array(z.looseObject({})) })]) })]),
    })
    const records = Export.parse(JSON.parse(server.got[0]!.body)).resourceLogs[0].scopeLogs[0].logRecords
    assert.deepEqual(
      records.map(({ severityText, timeUnixNano, eventName }) => [severityText, timeUnixNano, eventName]),
      [
        ['ERROR', '1795255200000000000', 'bulkhead.containment'],
        ['FATAL', '1795255200000000000', 'bulkhead.tamper'],
      ],
    )
    await drop('otel')
    await server.end()
  })
})

describe('secrets and places', () => {
  it('stand encrypted in the database, and open for their receiver alone', async () => {
    await add('hook', {
      kind: 'webhook',
      url: 'https://localhost:9/',
      key: 'very secret',
      authorization: 'Bearer hidden',
    })
    const stored = await row('hook')
    assert.ok(!/very secret|hidden/.test(JSON.stringify(stored)))
    assert.equal(wholeTarget(one.state, stored).secrets['key'], 'very secret')
    assert.throws(() => wholeTarget(one.state, { ...stored, name: 'other' }), /cannot be opened/)
    await drop('hook')
  })
  it('stand in no answer and no audit when they are in a URL, and are sent all the same', async () => {
    const server = await httpsServer(pair, () => ({ status: 202 }))
    const url = `https://localhost:${server.port}/B0123hunter2/send?apikey=hunter2&plant=7`
    const made = await add('sms', { kind: 'sms', url, to: ['+49301'], gather: 1 })
    assert.deepEqual(
      [made.target['url'], made.secrets],
      [`https://localhost:${server.port}/…/send?apikey=…&plant=…`, ['url']],
    )
    assert.ok((await testReceiver(two.manager, 'ann', 'sms', [])).ok)
    assert.equal(server.got[0]?.path, '/B0123hunter2/send?apikey=hunter2&plant=7')
    const audit = await two.manager.db.selectFrom('audit').selectAll().where('object', '=', 'receiver sms').execute()
    assert.ok(audit.length > 0)
    for (const said of [audit, await row('sms'), await listReceivers(two.manager)])
      assert.ok(!JSON.stringify(said).includes('hunter2'))
    await drop('sms')
    await server.end()
  })
  it('stand in no answer about a list either', async () => {
    const url = 'https://lists.example/plain?token=hunter2'
    const source = await addSource(two.manager, 'ann', NewSource.parse({ name: 'keyed', format: 'plain', url }), [])
    assert.equal(source.url, 'https://lists.example/plain?token=…')
    const audit = await two.manager.db.selectFrom('audit').selectAll().where('object', '=', 'source keyed').execute()
    assert.ok(audit.length > 0 && !JSON.stringify(audit).includes('hunter2'))
    assert.equal((await sourceNamed(two.manager, 'keyed')).url, url)
    await removeSource(two.manager, 'ann', 'keyed')
  })
  for (const url of [
    'https://169.254.169.254/',
    'https://[fe80::1]/',
    'https://0.0.0.0/',
    'https://[::ffff:169.254.1.1]/',
    'https://[64:ff9b::169.254.169.254]/',
    'https://[fd00:ec2::254]/',
    'https://224.0.0.1/',
  ])
    it(`${url} is no place to send to`, async () => {
      await assert.rejects(add('hook', { kind: 'webhook', url }), /does not dial/)
    })
  it('neither is the manager itself', async () => {
    const ownPort = 8443
    const target = { kind: 'webhook', url: `https://localhost:${ownPort}/v1/setup` }
    const wanted = NewReceiver.parse({ name: 'self', target })
    const options = { readers: two.readers, ownPorts: [ownPort] }
    await assert.rejects(addReceiver(two.manager, 'ann', wanted, options), /this manager itself/)
  })
})
