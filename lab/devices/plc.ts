/**
 * A controller that serves its process values over Modbus/TCP.
 *   ip netns exec plc-fill node lab/devices/plc.ts --host 198.18.1.10
 */
import { ServerTCP } from 'modbus-serial'
import { onStop, print, readArguments, runDevice } from './arguments.ts'
import { Line } from './line.ts'
import { coilCount, coils, registerCount, registers } from './registers.ts'

/** Modbus exception codes (Modbus Application Protocol 1.1b3, 7), as the library takes them. */
class Refusal extends Error {
  readonly modbusErrorCode: number
  constructor(code: 2 | 3) {
    super(code === 2 ? 'illegal data address' : 'illegal data value')
    this.modbusErrorCode = code
  }
}

await runDevice(() => {
  const { host, port, unit } = readArguments({ host: undefined, port: 502, unit: 255 })
  const line = new Line()
  const readRegister = (address: number): number => {
    if (address >= registerCount) throw new Refusal(2)
    return registers[address]?.read(line.tank) ?? 0
  }
  const readCoil = (address: number): boolean => {
    if (address >= coilCount) throw new Refusal(2)
    return coils[address]?.read(line.tank) ?? false
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
        const changed = write(line.tank, value)
        if (changed === undefined) throw new Refusal(3)
        line.tank = changed
        print({ kind: 'write', register: address, value })
      },
      setCoil: (address: number, value: boolean) => {
        const write = coils[address]?.write
        if (write === undefined) throw new Refusal(2)
        line.tank = write(line.tank, value)
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
    line.close()
    server.close(() => undefined)
  })
})
