import { PanelBuilder as BarChartBuilder } from '@grafana/grafana-foundation-sdk/barchart'
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge'
import { type Builder, type Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  BarGaugeDisplayMode,
  BarGaugeValueMode,
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  FrameGeometrySourceMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as GaugeBuilder } from '@grafana/grafana-foundation-sdk/gauge'
import {
  ControlsOptionsBuilder,
  MapCenterID,
  MapViewConfigBuilder,
  PanelBuilder as GeomapBuilder,
} from '@grafana/grafana-foundation-sdk/geomap'
import {
  PanelBuilder as PieChartBuilder,
  PieChartLegendOptionsBuilder,
  PieChartLegendValues,
  PieChartType,
} from '@grafana/grafana-foundation-sdk/piechart'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import {
  KAFKA,
  kafkaTopic,
  POSTGRES,
  PROMETHEUS,
  promql,
  promqlNow,
  type Query,
  sqlSeries,
  sqlTable,
} from './datasources.ts'

/** One panel: its title and description, its query, and how it is drawn. */
export type PanelValue = Text & Asked & Look & PanelLayout

interface Text {
  readonly title: string
  /** What is shown, and what it means when it is not as usual. */
  readonly description: string
  /** Grafana's name (`s`, `bytes`, `cps`, …) of the unit of every number without one of its own; plain numbers have none. */
  readonly unit?: string
}

type Asked =
  /** Lines over time need a column `time`, one `metric` if there are several lines, and values; all else takes rows. */
  | { readonly sql: string }
  /** The value of now, or lines over time by their legends, such as `{{topic}}`. */
  | { readonly promql: string | Readonly<Record<string, string>> }
  /** The newest records of a topic. */
  | { readonly kafka: string }

type Look =
  /** Lines; stacked where their sum has a meaning. */
  | {
      readonly kind: 'timeSeries' | 'stacked'
      readonly max?: number
      readonly thresholds?: Thresholds
      readonly isLogarithmic?: boolean
    }
  /** One number, coloured by its thresholds. */
  | { readonly kind: 'stat'; readonly thresholds?: Thresholds; readonly decimals?: number }
  /** One number from 0 to `max`. */
  | { readonly kind: 'gauge'; readonly max: number; readonly thresholds: Thresholds }
  /**
   * Rows; all but a table are named by the first column. Bars lie; columns stand, in the order of the query; a pie has
   * parts of a whole; a bar gauge is coloured.
   */
  | { readonly kind: 'table' | 'bars' | 'columns' | 'pie' | 'barGauge' }
  /** Markers on countries, whose codes of two letters are in the column `country`. */
  | { readonly kind: 'countryMap'; readonly sizedBy: string }

interface PanelLayout {
  /** Columns, of the 24 that the grid has, and rows; by default those of the kind. */
  readonly span?: number
  readonly height?: number
  /** The shortest step of lines, such as `5m`. */
  readonly interval?: string
  /** By column, or by several as in `amount|fees`: a unit, or settings such as links. */
  readonly columns?: Readonly<Record<string, string | DynamicConfigValue[]>>
}

type Kind = PanelValue['kind']

/** Where it is not a chart's. */
const SIZES: Readonly<Partial<Record<Kind, { readonly span: number; readonly height: number }>>> = {
  stat: { span: 4, height: 4 },
  gauge: { span: 4, height: 8 },
  table: { span: 12, height: 8 },
  countryMap: { span: 12, height: 16 },
}
const CHART_SIZE = { span: 8, height: 8 }

/**
 * How many steps a query on results has at most. Fewer than pixels: a line of 150 points reads as well, and the steps
 * that follow (2 min for 6 h, 10 min for a day, 6 h for a month) are whole numbers of the jobs' windows.
 */
const SQL_POINTS_MAX = 150
/** The shortest window of a job. */
const SQL_STEP_MIN = '1m'

/** The panel as the SDK builds it. */
export function panelOf(panel: PanelValue): Builder<Panel> {
  const size = SIZES[panel.kind] ?? CHART_SIZE
  const { span = size.span, height = size.height, columns = {} } = panel
  const builder = drawn(panel).span(span).height(height)
  for (const [name, settings] of Object.entries(columns)) {
    const properties = typeof settings === 'string' ? [{ id: 'unit', value: settings }] : settings
    if (name.includes('|')) builder.overrideByRegexp(name, properties)
    else builder.overrideByName(name, properties)
  }
  return builder
}

/** What every kind has. */
function described<B extends PanelBuilder>(builder: B, panel: PanelValue): B {
  const { title, description, unit = 'short', interval = SQL_STEP_MIN } = panel
  builder.title(title).description(description).unit(unit).datasource(sourceOf(panel))
  if ('sql' in panel) builder.maxDataPoints(SQL_POINTS_MAX).interval(interval)
  return builder.targets(queriesOf(panel).map(({ target }, index) => target(String.fromCharCode(65 + index))))
}

function sourceOf(panel: PanelValue): Query['source'] {
  if ('sql' in panel) return POSTGRES
  return 'promql' in panel ? PROMETHEUS : KAFKA
}

function queriesOf(panel: PanelValue): Query[] {
  if ('kafka' in panel) return [kafkaTopic(panel.kafka)]
  if ('sql' in panel) return [isOverTime(panel) ? sqlSeries(panel.sql) : sqlTable(panel.sql)]
  if (typeof panel.promql === 'string') return [promqlNow(panel.promql)]
  return Object.entries(panel.promql).map(([legend, expr]) => promql(expr, legend))
}

const isOverTime = ({ kind }: PanelValue): boolean => kind === 'timeSeries' || kind === 'stacked'

/** What the builders of all kinds have in common. */
interface PanelBuilder extends Builder<Panel> {
  title(title: string): this
  description(description: string): this
  unit(unit: string): this
  datasource(source: DataSourceRef): this
  maxDataPoints(points: number): this
  interval(minimum: string): this
  targets(targets: Builder<Dataquery>[]): this
  span(columns: number): this
  height(lines: number): this
  overrideByName(name: string, properties: DynamicConfigValue[]): this
  overrideByRegexp(names: string, properties: DynamicConfigValue[]): this
}

function drawn(panel: PanelValue): PanelBuilder {
  switch (panel.kind) {
    case 'timeSeries':
    case 'stacked':
      return lines(panel)
    case 'stat':
      return stat(panel)
    case 'gauge':
      return described(new GaugeBuilder(), panel)
        .min(0)
        .max(panel.max)
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
        .thresholds(absolute(panel.thresholds))
    case 'table':
      return described(new TableBuilder(), panel)
    case 'bars':
      return bars(panel, VizOrientation.Horizontal)
    case 'columns':
      return bars(panel, VizOrientation.Vertical)
    case 'pie':
      return pie(panel)
    case 'barGauge':
      return described(new BarGaugeBuilder(), panel)
        .min(0)
        .orientation(VizOrientation.Horizontal)
        .displayMode(BarGaugeDisplayMode.Gradient)
        .valueMode(BarGaugeValueMode.Color)
        .reduceOptions(new ReduceDataOptionsBuilder().values(true).calcs([]))
        .thresholds(absolute(PLAIN))
    case 'countryMap':
      return countryMap(panel)
  }
}

type Of<K extends Kind> = Extract<PanelValue, { readonly kind: K }>

function lines(panel: Of<'timeSeries' | 'stacked'>): TimeSeriesBuilder {
  const builder = described(new TimeSeriesBuilder(), panel)
    .min(0)
    .lineWidth(1)
    .fillOpacity(panel.kind === 'stacked' ? 35 : 10)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
  if (panel.kind === 'stacked') builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
  if (panel.max !== undefined) builder.max(panel.max)
  if (panel.thresholds !== undefined) builder.thresholds(absolute(panel.thresholds))
  if (panel.isLogarithmic === true) {
    // As a logarithm has no zero, linear up to 1.
    const symlog = new ScaleDistributionConfigBuilder().type(ScaleDistribution.Symlog).log(10).linearThreshold(1)
    builder.scaleDistribution(symlog)
  }
  return builder
}

function stat(panel: Of<'stat'>): StatBuilder {
  const { thresholds = PLAIN, decimals } = panel
  const builder = described(new StatBuilder(), panel)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(absolute(thresholds))
  return decimals === undefined ? builder : builder.decimals(decimals)
}

const bars = (panel: PanelValue, orientation: VizOrientation): BarChartBuilder =>
  described(new BarChartBuilder(), panel)
    .min(0)
    .orientation(orientation)
    .showValue(VisibilityMode.Auto)
    .fillOpacity(70)
    .groupWidth(0.8)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )

const pie = (panel: PanelValue): PieChartBuilder =>
  described(new PieChartBuilder(), panel)
    .pieType(PieChartType.Donut)
    .reduceOptions(new ReduceDataOptionsBuilder().values(true).calcs([]))
    .legend(
      new PieChartLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .showLegend(true)
        .values([PieChartLegendValues.Percent, PieChartLegendValues.Value]),
    )

/**
 * The countries' outlines are part of Grafana, so there is a map without a network; the tiles below them are not.
 */
const countryMap = (panel: Of<'countryMap'>): GeomapBuilder =>
  described(new GeomapBuilder(), panel)
    .view(new MapViewConfigBuilder().id(MapCenterID.Zero).lat(25).lon(10).zoom(1.5))
    .controls(new ControlsOptionsBuilder().showZoom(true).mouseWheelZoom(false).showAttribution(true))
    .basemap({ build: () => ({ type: 'default', name: 'Base map' }) })
    .layers([
      {
        build: () => ({
          type: 'geojson',
          name: 'Countries',
          config: {
            src: 'public/maps/countries.geojson',
            rules: [],
            style: { color: { fixed: 'dark-blue' }, opacity: 0.2 },
          },
        }),
      },
      {
        build: () => ({
          type: 'markers',
          name: panel.title,
          location: {
            mode: FrameGeometrySourceMode.Lookup,
            lookup: 'country',
            gazetteer: 'public/gazetteer/countries.json',
          },
          config: {
            showLegend: false,
            style: {
              size: { field: panel.sizedBy, min: 5, max: 40, fixed: 10 },
              color: { field: panel.sizedBy, fixed: 'dark-orange' },
              opacity: 0.6,
              symbol: { mode: 'fixed', fixed: 'img/icons/marker/circle.svg' },
            },
          },
          tooltip: true,
        }),
      },
    ])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.ContinuousYlRd))

type Thresholds = readonly Threshold[]

/** Bounds as numbers, not as parts of a range. */
const absolute = (steps: Thresholds): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps])

/** Green below a bound, red from it on. */
export const badFrom = (bound: number): Thresholds => [
  { value: null, color: 'green' },
  { value: bound, color: 'red' },
]

/** Green below a bound, orange from it on, red from the second. */
export const warnFrom = (warning: number, bad: number): Thresholds => [
  { value: null, color: 'green' },
  { value: warning, color: 'orange' },
  { value: bad, color: 'red' },
]

/** A number that is neither good nor bad. */
const PLAIN: Thresholds = [{ value: null, color: 'blue' }]

/** Red below a bound, green from it on. */
export const goodFrom = (bound: number): Thresholds => [
  { value: null, color: 'red' },
  { value: bound, color: 'green' },
]
