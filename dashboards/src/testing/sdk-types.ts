/** Whether JSON is what the SDK's own type declarations say, which follow Grafana's schemas. */
import { join } from 'node:path'
import ts from 'typescript'

const SDK = join(import.meta.dirname, '../../../node_modules/@grafana/grafana-foundation-sdk/dist')
/** Code that the SDK keeps among the data of a query. */
const NOT_DATA = '_implementsDataqueryVariant'

/** The types that a module of the SDK exports. */
export class SdkTypes {
  readonly #program: ts.Program
  readonly #checker: ts.TypeChecker

  /** @param modules such as `dashboard`, `timeseries`. */
  constructor(modules: readonly string[]) {
    const files = modules.map(fileOf)
    this.#program = ts.createProgram(files, { strict: true, skipLibCheck: true, types: [], noEmit: true })
    this.#checker = this.#program.getTypeChecker()
  }

  /** Where a value is not of a type, and what is expected there; nothing when it fits. */
  misfits(module: string, type: string, value: unknown): string[] {
    const found: string[] = []
    this.#compare(this.#typeOf(module, type), value, type, found)
    return found
  }

  #typeOf(module: string, name: string): ts.Type {
    const source = this.#program.getSourceFile(fileOf(module))
    const symbol = source && this.#checker.getSymbolAtLocation(source)
    const exported = symbol && this.#checker.getExportsOfModule(symbol).find((one) => one.name === name)
    if (exported === undefined) throw new Error(`the SDK has no type ${module}.${name}`)
    return this.#checker.getDeclaredTypeOfSymbol(exported)
  }

  #compare(type: ts.Type, value: unknown, path: string, found: string[]): void {
    if ((type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0) return
    if (type.isUnion()) {
      this.#compareUnion(type, value, path, found)
    } else if (Array.isArray(value) && this.#checker.isArrayType(type)) {
      const [item] = this.#checker.getTypeArguments(type as ts.TypeReference)
      value.forEach((one, at) => this.#compare(item!, one, `${path}[${at}]`, found))
    } else if (isRecord(value) && (type.flags & ts.TypeFlags.Object) !== 0 && !this.#checker.isArrayType(type)) {
      this.#compareObject(type, value, path, found)
    } else if (!isPrimitive(type, value)) {
      found.push(`${path} is ${JSON.stringify(value)}, expected ${this.#checker.typeToString(type)}`)
    }
  }

  /** It must be one of them; otherwise what is wrong is said of the one that it is nearest to. */
  #compareUnion(type: ts.UnionType, value: unknown, path: string, found: string[]): void {
    const attempts = type.types.map((one) => {
      const misfits: string[] = []
      this.#compare(one, value, path, misfits)
      return misfits
    })
    if (attempts.some((misfits) => misfits.length === 0)) return
    const deepest = attempts.filter((misfits) => misfits.some((misfit) => !misfit.startsWith(`${path} is`)))
    if (deepest.length > 0) found.push(...deepest.reduce((one, other) => (other.length < one.length ? other : one)))
    else found.push(`${path} is ${JSON.stringify(value)}, expected ${this.#checker.typeToString(type)}`)
  }

  #compareObject(type: ts.Type, value: Readonly<Record<string, unknown>>, path: string, found: string[]): void {
    const properties = new Map(this.#checker.getPropertiesOfType(type).map((property) => [property.name, property]))
    const index = this.#checker.getIndexTypeOfType(type, ts.IndexKind.String)
    for (const [name, one] of Object.entries(value)) {
      const property = properties.get(name)
      const expected = property === undefined ? index : this.#checker.getTypeOfSymbol(property)
      if (expected === undefined) found.push(`${path}.${name} is not known`)
      else this.#compare(expected, one, `${path}.${name}`, found)
    }
    for (const [name, property] of properties) {
      const optional = (property.flags & ts.SymbolFlags.Optional) !== 0
      if (!optional && name !== NOT_DATA && !(name in value)) found.push(`${path}.${name} is missing`)
    }
  }
}

const fileOf = (module: string): string => join(SDK, module, 'types.gen.d.ts')

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isPrimitive(type: ts.Type, value: unknown): boolean {
  // Of an enum's member, too.
  if (type.isStringLiteral() || type.isNumberLiteral()) return value === type.value
  const { flags } = type
  if ((flags & ts.TypeFlags.BooleanLiteral) !== 0) {
    return value === ((type as unknown as { intrinsicName: string }).intrinsicName === 'true')
  }
  if ((flags & ts.TypeFlags.String) !== 0) return typeof value === 'string'
  if ((flags & ts.TypeFlags.Number) !== 0) return typeof value === 'number'
  if ((flags & ts.TypeFlags.Null) !== 0) return value === null
  return false
}
