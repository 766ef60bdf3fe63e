/**
 * A controller that serves its process values over Modbus/TCP.
 *   ip netns exec plc-fill node lab/devices/plc.ts --host 198.18.1.10
 */
import { ServerTCP } from 'modbus-serial'
import { onStop, print, readArguments, runDevice } from './arguments.ts'
import { coilCount, coils, registerCount, registers } from './registers.ts'
import { advance, newTank } from './tank.ts'

/** Modbus exception codes (Modbus Application Protocol 1.1b3, 7), as the library takes them. */
class Refusal extends Error {
  readonly modbusErrorCode: number
  constructor(code: 2 | 3) {
    super(code === 2 ? 'illegal data address' : 'illegal data value')
    this.modbusErrorCode = code
  }
}

const cycleMs = 100

await runDevice(() => {
  const { host, port, unit } = readArguments({ host: undefined, port: 502, unit: 255 })
  let tank = newTank()
  let cycle = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    tank = advance(tank, (now - cycle) / 1000)
    cycle = now
  }, cycleMs)

  const readRegister = (address: number): number => {
    if (address >= registerCount) throw new Refusal(2)
    return registers[address]?.read(tank) ?? 0
  }
  const readCoil = (address: number): boolean => {
    if (address >= coilCount) throw new Refusal(2)
    return coils[address]?.read(tank) ?? false
  }
  const server = new ServerTCP(
    {
      getHoldingRegister: readRegister,
      getInputRegister: readRegister,
      getCoil: readCoil,
      getDiscreteInput: readCoil,
      setRegister: (address: number, value: number) => {
        const write = registers[address]?.write
        if (write === undefined) throw new Refusal(2)
        const changed = write(tank, value)
        if (changed === undefined) throw new Refusal(3)
        tank = changed
        print({ kind: 'write', register: address, value })
      },
      setCoil: (address: number, value: boolean) => {
        const write = coils[address]?.write
        if (write === undefined) throw new Refusal(2)
        tank = write(tank, value)
        print({ kind: 'write', coil: address, value })
      },
    },
    { host, port, unitID: unit },
  )
  server.on('initialized', () => print({ kind: 'listening', host, port }))
  server.on('serverError', (error) => {
    process.stderr.write(`Cannot serve on ${host} port ${port}: ${error?.message ?? 'unknown error'}\n`)
    process.exit(4)
  })
  // What one client did wrong is no reason to stop serving the others.
  server.on('error', () => undefined)
  onStop(() => {
    clearInterval(timer)
    server.close(() => undefined)
  })
})
