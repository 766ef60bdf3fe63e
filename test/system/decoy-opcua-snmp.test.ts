/** Personas that speak OPC UA and SNMP, as independent clients see them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { OPCUACertificateManager } from 'node-opcua-certificate-manager'
import {
  AttributeIds,
  DataType,
  OPCUAClient,
  UserTokenType,
  setDebugLogger,
  setErrorLogger,
  setWarningLogger,
  type ClientSession,
} from 'node-opcua-client'
import { opcuaServer } from '#protocols/personas/opcua-server.ts'
import { phoenixIlc } from '#protocols/personas/phoenix-ilc.ts'
import { identityAt, servePersona, type Served } from '../fixtures/decoy.ts'

/** What a program prints, also when it ends with an error. */
// Else the first of net-snmp's tools on a machine says that it makes one.
const memory = mkdtempSync(join(tmpdir(), 'decoy-snmp-'))
mkdirSync(join(memory, 'cert_indexes'))
after(() => rmSync(memory, { recursive: true, force: true }))
const env = { ...process.env, SNMP_PERSISTENT_DIR: memory }
const printed = (program: string, ...given: string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(program, given, { timeout: 15_000, env }, (_, stdout, stderr) => resolve(stdout + stderr))
  })
const otherNames = /honeypot|conpot|cowrie|dionaea|ERROR/i
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('an OPC UA server', () => {
  const identity = identityAt('127.0.0.1', { name: 'CX-4A2F19', serial: '00731842' })
  const folder = mkdtempSync(join(tmpdir(), 'decoy-opcua-'))
  const client = OPCUAClient.create({
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 1, initialDelay: 100, maxDelay: 200 },
    clientCertificateManager: new OPCUACertificateManager({ rootFolder: folder }),
  })
  const url = 'opc.tcp://127.0.0.1:4840'
  let served: Served
  let session: ClientSession
  before(async () => {
    for (const silence of [setDebugLogger, setErrorLogger, setWarningLogger]) silence(() => undefined)
    served = await servePersona(opcuaServer, identity)
    await client.connect(url)
    session = await client.createSession()
  })
  after(async () => {
    await session.close()
    await client.disconnect()
    await served.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const value = async (nodeId: string): Promise<unknown> =>
    (await session.read({ nodeId, attributeId: AttributeIds.Value })).value.value

  test('offers one endpoint, without security, for anybody and for users', async () => {
    const endpoints = await client.getEndpoints()
    assert.equal(endpoints.length, 1)
    assert.equal(endpoints[0]?.endpointUrl, 'opc.tcp://CX-4A2F19:4840')
    assert.equal(endpoints[0]?.server.applicationName.text, 'TcOpcUaServer@CX-4A2F19')
    const tokens = endpoints[0]?.userIdentityTokens?.map(({ tokenType }) => tokenType)
    assert.deepEqual(tokens, [UserTokenType.Anonymous, UserTokenType.UserName])
  })
  test('says which product and version it is', async () => {
    assert.equal(await value('i=2261'), 'TwinCAT OPC UA Server')
    assert.equal(await value('i=2263'), opcuaServer.vendor)
    assert.equal(await value('i=2264'), opcuaServer.firmware)
    const status = JSON.stringify(await value('i=2256'))
    assert.match(status, /"productName":"TwinCAT OPC UA Server","softwareVersion":"4\.3\.28"/)
    assert.deepEqual((await session.readNamespaceArray()).at(-1), 'urn:BeckhoffAutomation:Ua:PLC1')
  })
  test('shows values that move', async () => {
    const first = await value('ns=4;s=MAIN.fTankLevel')
    await pause(1100)
    const second = await value('ns=4;s=MAIN.fTankLevel')
    assert.ok(typeof first === 'number' && typeof second === 'number')
    assert.notEqual(first, second)
    assert.ok(first >= 0 && first <= 5000)
  })
  test('is browsed from the root to its variables, also in small steps', async () => {
    const names = async (nodeId: string): Promise<string[]> => {
      const { references, statusCode } = await session.browse(nodeId)
      assert.equal(statusCode.name, 'Good')
      return (references ?? []).map(({ browseName }) => browseName.name ?? '')
    }
    assert.ok((await names('RootFolder')).includes('Objects'))
    assert.ok((await names('ObjectsFolder')).includes('PLC1'))
    assert.ok((await names('ns=4;s=PLC1')).includes('MAIN'))
    assert.ok((await names('ns=4;s=MAIN')).includes('fTankLevel'))
    session.requestedMaxReferencesPerNode = 2
    let { references, continuationPoint } = await session.browse('i=2253')
    let count = references?.length ?? 0
    assert.equal(count, 2)
    while (continuationPoint !== undefined && continuationPoint !== null && continuationPoint.length > 0) {
      ;({ references, continuationPoint } = await session.browseNext(continuationPoint, false))
      count += references?.length ?? 0
      assert.ok(count < 50)
    }
    session.requestedMaxReferencesPerNode = 0
    assert.equal(count, (await session.browse('i=2253')).references?.length)
  })
  test('takes a set-point, and refuses everything else that is written', async () => {
    const write = async (nodeId: string, number: number): Promise<string> =>
      (
        await session.write({
          nodeId,
          attributeId: AttributeIds.Value,
          value: { value: { dataType: DataType.Float, value: number } },
        })
      ).name
    assert.equal(await write('ns=4;s=GVL_HMI.fLevelSetpoint', 2500), 'Good')
    assert.equal(await value('ns=4;s=GVL_HMI.fLevelSetpoint'), 2500)
    assert.equal(await write('ns=4;s=MAIN.fTankLevel', 1), 'BadUserAccessDenied')
  })
  test('answers a subscription', async () => {
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 1000,
      requestedLifetimeCount: 100,
      requestedMaxKeepAliveCount: 10,
      maxNotificationsPerPublish: 10,
      publishingEnabled: true,
      priority: 1,
    })
    const item = await subscription.monitor(
      { nodeId: 'ns=4;s=MAIN.fTankLevel', attributeId: AttributeIds.Value },
      { samplingInterval: 500, queueSize: 1, discardOldest: true },
      2,
    )
    const got = await new Promise<unknown>((resolve) => {
      item.once('changed', (changed) => resolve(changed.value.value))
    })
    assert.equal(typeof got, 'number')
    await subscription.terminate()
  })
  test('lets no user in, and tells who tried', async () => {
    const other = OPCUAClient.create({
      endpointMustExist: false,
      connectionStrategy: { maxRetry: 0 },
      clientCertificateManager: new OPCUACertificateManager({ rootFolder: folder }),
    })
    await other.connect(url)
    const entering = other.createSession({ type: UserTokenType.UserName, userName: 'Administrator', password: '1' })
    await assert.rejects(entering, /BadUserAccessDenied/)
    await other.disconnect()
    const attempts = served.answers.flatMap((answer) => answer.attempts ?? [])
    assert.deepEqual(attempts.at(-1), { user: 'Administrator', secret: { kind: 'password', text: '1' } })
  })
  test('is no honeypot to nmap', async () => {
    const output = await printed('nmap', '-n', '-Pn', '-sT', '-sV', '-p', '4840', '127.0.0.1')
    assert.match(output, /4840\/tcp open/)
    assert.doesNotMatch(output, otherNames)
  })
  test('throws at nothing', () => assert.deepEqual(served.thrown, []))
})

describe('an SNMP agent', () => {
  const identity = identityAt('127.0.0.1', { name: 'ILC191-204', mac: '00:a0:45:12:34:56' })
  let served: Served
  before(async () => {
    served = await servePersona(phoenixIlc, identity, { services: ['snmp'] })
  })
  after(() => served.close())
  const get = (version: string, ...given: string[]) =>
    printed('snmpget', '-r', '0', '-t', '1', '-On', '-Oqv', '-v', version, ...given)
  const sysName = '1.3.6.1.2.1.1.5.0'

  for (const version of ['1', '2c'])
    test(`gives its name in version ${version}`, async () => {
      assert.equal((await get(version, '-c', 'public', '127.0.0.1', sysName)).trim(), `"${identity.name}"`)
      const description = await get(version, '-c', 'public', '127.0.0.1', '1.3.6.1.2.1.1.1.0')
      assert.match(description, /Phoenix Contact ILC 191 ETH 2TX, FW 4\.42/)
    })
  for (const program of ['snmpwalk', 'snmpbulkwalk'])
    test(`is walked by ${program}`, async () => {
      const output = await printed(program, '-On', '-v', '2c', '-c', 'public', '127.0.0.1', '.1.3.6.1.2.1')
      const lines = output.split('\n').filter((line) => line.includes(' = ') && !line.includes('No more variables'))
      assert.ok(lines.length >= 40, `${lines.length} lines`)
      assert.equal(new Set(lines.map((line) => line.split(' ')[0])).size, lines.length)
      assert.ok(lines.some((line) => line.includes('.4.20.1.1.127.0.0.1 = IpAddress: 127.0.0.1')))
      assert.ok(lines.some((line) => line.includes('Hex-STRING: 00 A0 45 12 34 56')))
    })
  test('has been up for longer at each look', async () => {
    const ticks = async () =>
      Number(/\((\d+)\)/.exec(await printed('snmpget', '-v1', '-cpublic', '127.0.0.1', '1.3.6.1.2.1.1.3.0'))?.[1])
    const first = await ticks()
    await pause(50)
    assert.ok((await ticks()) > first)
  })
  test('cannot be written', async () => {
    const set = (version: string) => printed('snmpset', '-v', version, '-c', 'public', '127.0.0.1', sysName, 's', 'x')
    assert.match(await set('1'), /readOnly/)
    assert.match(await set('2c'), /notWritable/)
  })
  test('is silent to another community', async () => {
    assert.match(await get('2c', '-c', 'private', '127.0.0.1', sysName), /Timeout/)
    assert.ok(served.answers.some(({ notes }) => notes?.includes('another community')))
  })
  test('knows no user in version 3', async () => {
    const output = await get(
      '3',
      '-u',
      'engineer',
      '-l',
      'authNoPriv',
      '-a',
      'SHA',
      '-A',
      'password1',
      '127.0.0.1',
      sysName,
    )
    assert.match(output, /Unknown user name/)
    const attempts = served.answers.flatMap((answer) => answer.attempts ?? [])
    assert.deepEqual(attempts.at(-1), { user: 'engineer', secret: { kind: 'none' } })
  })
  test('names its vendor to nmap and nobody else', async () => {
    const output = await printed('nmap', '-n', '-Pn', '-sU', '-sV', '-p', '161', '--script', 'snmp-info', '127.0.0.1')
    assert.match(output, /161\/udp open {2}snmp {4}SNMPv1 server; Phoenix Contact GmbH & Co\. SNMPv3 server \(public\)/)
    assert.match(output, /engineIDData: 00a045123456/)
    assert.match(output, /Host: ILC191-204/)
    assert.doesNotMatch(output, otherNames)
  })
  test('throws at nothing', () => assert.deepEqual(served.thrown, []))
})
