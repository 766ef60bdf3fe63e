/** A filling station: a tank with an inlet valve, a steady outlet and a heater. Pure; one step is a function of the last. */

export interface Tank {
  /** Seconds since it was started. */
  readonly time: number
  /** Litres, 0 to 500. */
  readonly level: number
  /** Litres per second through the inlet. */
  readonly flow: number
  /** Degrees Celsius. */
  readonly temperature: number
  /** What operators set: litres, degrees. */
  readonly levelSetpoint: number
  readonly temperatureSetpoint: number
  /** Level control opens the inlet by itself. */
  readonly automatic: boolean
  readonly inletOpen: boolean
  readonly heaterOn: boolean
}

export const fullTank = 500
const inletFlow = 6
const outletFlow = 3
const ambient = 18
const deadBand = 10

export const newTank = (given: Partial<Tank> = {}): Tank => ({
  time: 0,
  level: 240,
  flow: 0,
  temperature: 62,
  levelSetpoint: 250,
  temperatureSetpoint: 65,
  automatic: true,
  inletOpen: false,
  heaterOn: false,
  ...given,
})

/** Two-point control: switches on below the band, off above it, else stays. */
const switched = (on: boolean, value: number, setpoint: number, band: number): boolean =>
  value < setpoint - band ? true : value > setpoint + band ? false : on

/** The tank `seconds` later. */
export const advance = (tank: Tank, seconds: number): Tank => {
  const inletOpen = tank.automatic ? switched(tank.inletOpen, tank.level, tank.levelSetpoint, deadBand) : tank.inletOpen
  const heaterOn = tank.automatic
    ? switched(tank.heaterOn, tank.temperature, tank.temperatureSetpoint, 0.5)
    : tank.heaterOn
  // The outlet pulses with the bottles that pass below it.
  const drawn = outletFlow * (1 + 0.3 * Math.sin(tank.time * 2))
  const wanted = inletOpen ? inletFlow : 0
  const flow = tank.flow + (wanted - tank.flow) * Math.min(1, seconds * 2)
  const heating = (heaterOn ? 0.4 : 0) - (tank.temperature - ambient) * 0.002
  return {
    ...tank,
    time: tank.time + seconds,
    inletOpen,
    heaterOn,
    flow,
    level: Math.min(fullTank, Math.max(0, tank.level + (flow - drawn) * seconds)),
    temperature: tank.temperature + heating * seconds,
  }
}
