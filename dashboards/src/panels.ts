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
import { POSTGRES, type Query } from './datasources.ts'

export type PanelOf = () => Builder<Panel>

/** What every panel says of itself; the unit is one of Grafana's (`s`, `bytes`, `short`, `cps`, …). */
export interface PanelText {
  readonly title: string
  readonly description: string
  readonly unit: string
}

/** Queries of one data source, at least one. */
export type Queries = readonly [Query, ...Query[]]

/** Columns of a grid that has 24. */
const SPAN = { stat: 4, third: 8, half: 12 } as const
const HEIGHT = { stat: 4, chart: 8 } as const

/**
 * How many steps a query on results has at most. Fewer than pixels: a line of 150 points reads as well, and the steps
 * that follow (2 min for 6 h, 10 min for a day, 6 h for a month) are whole numbers of the jobs' windows.
 */
const SQL_POINTS_MAX = 150
/** The shortest window of a job. */
const SQL_STEP_MIN = '1m'

/** Lines over time, with their last values below. */
export function timeSeries(text: PanelText, ...queries: Queries): TimeSeriesBuilder {
  return described(new TimeSeriesBuilder(), text, queries)
    .min(0)
    .span(SPAN.third)
    .height(HEIGHT.chart)
    .lineWidth(1)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
}

/** The same, one line above the other: their sum has a meaning. */
export function stacked(text: PanelText, ...queries: Queries): TimeSeriesBuilder {
  return timeSeries(text, ...queries)
    .fillOpacity(35)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
}

/** One number, coloured by its thresholds. */
export function stat(text: PanelText, thresholds: readonly Threshold[], query: Query): StatBuilder {
  return described(new StatBuilder(), text, [query])
    .span(SPAN.stat)
    .height(HEIGHT.stat)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(absolute(thresholds))
}

/** Rows; the unit holds for every column of numbers without one of its own. */
export function table(text: PanelText, query: Query): TableBuilder {
  return described(new TableBuilder(), text, [query]).span(SPAN.half).height(HEIGHT.chart)
}

/** Bars for the rows of a table, lying; the first column names them. */
export function bars(text: PanelText, query: Query): BarChartBuilder {
  return described(new BarChartBuilder(), text, [query])
    .min(0)
    .span(SPAN.third)
    .height(HEIGHT.chart)
    .orientation(VizOrientation.Horizontal)
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
}

/** Bars for rows in the order of the query, upright: hours, sizes, scores. */
export const columns = (text: PanelText, query: Query): BarChartBuilder =>
  bars(text, query).orientation(VizOrientation.Vertical)

/** Parts of a whole: a row each, named by the first column. */
export function pie(text: PanelText, query: Query): PieChartBuilder {
  return described(new PieChartBuilder(), text, [query])
    .span(SPAN.third)
    .height(HEIGHT.chart)
    .pieType(PieChartType.Donut)
    .reduceOptions(new ReduceDataOptionsBuilder().values(true).calcs([]))
    .legend(
      new PieChartLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .showLegend(true)
        .values([PieChartLegendValues.Percent, PieChartLegendValues.Value]),
    )
}

/** One number between two bounds. */
export function gauge(
  text: PanelText,
  { max, steps }: { readonly max: number; readonly steps: readonly Threshold[] },
  query: Query,
): GaugeBuilder {
  return described(new GaugeBuilder(), text, [query])
    .min(0)
    .max(max)
    .span(SPAN.stat)
    .height(HEIGHT.chart)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(absolute(steps))
}

/** Rows as coloured bars, named by the first column. */
export function barGauge(text: PanelText, thresholds: readonly Threshold[], query: Query): BarGaugeBuilder {
  return described(new BarGaugeBuilder(), text, [query])
    .min(0)
    .span(SPAN.third)
    .height(HEIGHT.chart)
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Gradient)
    .valueMode(BarGaugeValueMode.Color)
    .reduceOptions(new ReduceDataOptionsBuilder().values(true).calcs([]))
    .thresholds(absolute(thresholds))
}

/**
 * Markers on countries, sized by a column; the column `country` is a code of two letters. The countries' outlines are part
 * of Grafana, so there is a map without a network; the tiles below them are not.
 */
export function countryMap(text: PanelText, sizedBy: string, query: Query): GeomapBuilder {
  return described(new GeomapBuilder(), text, [query])
    .span(SPAN.half)
    .height(2 * HEIGHT.chart)
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
          name: text.title,
          location: {
            mode: FrameGeometrySourceMode.Lookup,
            lookup: 'country',
            gazetteer: 'public/gazetteer/countries.json',
          },
          config: {
            showLegend: false,
            style: {
              size: { field: sizedBy, min: 5, max: 40, fixed: 10 },
              color: { field: sizedBy, fixed: 'dark-orange' },
              opacity: 0.6,
              symbol: { mode: 'fixed', fixed: 'img/icons/marker/circle.svg' },
            },
          },
          tooltip: true,
        }),
      },
    ])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.ContinuousYlRd))
}

/** A column's unit, where it is not the panel's. */
export const inUnit = (unit: string): DynamicConfigValue[] => [{ id: 'unit', value: unit }]

/** Bounds as numbers, not as parts of a range. */
export const absolute = (steps: readonly Threshold[]): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps])

/** Green below a bound, red from it on. */
export const badFrom = (bound: number): Threshold[] => [
  { value: null, color: 'green' },
  { value: bound, color: 'red' },
]

/** Green below a bound, orange from it on, red from the second. */
export const warnFrom = (warning: number, bad: number): Threshold[] => [
  { value: null, color: 'green' },
  { value: warning, color: 'orange' },
  { value: bad, color: 'red' },
]

/** A number that is neither good nor bad. */
export const PLAIN: readonly Threshold[] = [{ value: null, color: 'blue' }]

/** Red below a bound, green from it on. */
export const goodFrom = (bound: number): Threshold[] => [
  { value: null, color: 'red' },
  { value: bound, color: 'green' },
]

interface Describable {
  title(title: string): this
  description(description: string): this
  unit(unit: string): this
  datasource(source: DataSourceRef): this
  maxDataPoints(points: number): this
  interval(minimum: string): this
  withTarget(target: Builder<Dataquery>): this
}

function described<P extends Describable>(panel: P, { title, description, unit }: PanelText, queries: Queries): P {
  panel.title(title).description(description).unit(unit).datasource(queries[0].source)
  if (queries[0].source === POSTGRES) panel.maxDataPoints(SQL_POINTS_MAX).interval(SQL_STEP_MIN)
  for (const [index, query] of queries.entries()) panel.withTarget(query.target(String.fromCharCode(65 + index)))
  return panel
}
