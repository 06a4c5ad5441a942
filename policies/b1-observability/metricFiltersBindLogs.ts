import { logGroupOf } from "../lib/logs";
import { stackPolicy, type StackResource } from "../lib/policy";
import { ownArnResource } from "../lib/relations";
import { types } from "../lib/types";
import { join, object, peek, present, show, strings, text } from "../lib/values";

/** Fields with few values, all of them of the contract, the settings or the gateway. A caller's would be a metric for each caller. */
const fields = ["$.resourcePath", "$.clientId", "$.responseType", "$.status", "$.scan"];
const mostDimensions = 3;

export const metricFiltersBindLogs = stackPolicy({
  name: "metric-filters-bind-logs",
  severity: "high",
  clauses: ["B1.1", "B1.4", "B8.3"],
  summary:
    "The 429s of each REST stage are counted in its access log, and no metric of a log is split by what a caller can write.",
  reads:
    "LogMetricFilter: logGroupName → LogGroup, pattern, metricTransformation; Stage.accessLogSettings.destinationArn",
  remediation:
    'count status "429" in the access log by a filter without dimensions; split by route, client, reason, status or scan only.',
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html",
  check(stack, report) {
    const filters = stack.ofType(types.metricFilter);
    const metricOf = ({ props }: StackResource): string => {
      const { namespace, name } = object(props.metricTransformation);
      return `${text(namespace)} ${text(name)}`;
    };
    const metrics = filters.map(metricOf);
    for (const filter of filters) {
      if (metrics.indexOf(metricOf(filter)) !== metrics.lastIndexOf(metricOf(filter)))
        report({
          resource: filter,
          got: `a second count as ${metricOf(filter)}`,
          expected: "one filter a metric: two would add up",
        });
      if (!logGroupOf(stack, filter, "logGroupName")) {
        report({
          resource: filter,
          got: `log group ${show(peek(() => filter.props.logGroupName))}`,
          expected: "a log group of this stack",
        });
      }
      const transformation = object(filter.props.metricTransformation);
      const taken = Object.values(object(transformation.dimensions)).flatMap(strings);
      const foreign = taken.filter((field) => !fields.includes(field));
      if (foreign.length > 0 || taken.length > mostDimensions) {
        report({
          resource: filter,
          got: `dimensions of ${join(taken)}`,
          expected: `at most ${mostDimensions} of ${join(fields)}`,
        });
      }
      // The service takes one of the two. Without a 0 for silence a log that has stopped looks like calm.
      if (
        taken.length === 0
          ? text(transformation.defaultValue) !== "0"
          : present(transformation, "defaultValue")
      ) {
        report({
          resource: filter,
          got: `defaultValue ${show(transformation.defaultValue)} with ${taken.length} dimensions`,
          expected: '"0" without dimensions, none with them',
        });
      }
      if (text(filter.props.pattern).trim() === "") {
        report({ resource: filter, got: "an empty pattern", expected: "one that says what is counted" });
      }
    }
    for (const stage of stack.ofType(types.stage)) {
      const log = accessLogOf(stage);
      const counts = filters.some(
        (filter) =>
          peek(() => filter.props.logGroupName) === log &&
          /^\{ (\$\.traffic != "scan" && )?\$\.status = "429" \}$/.test(text(filter.props.pattern)) &&
          Object.keys(object(object(filter.props.metricTransformation).dimensions)).length === 0,
      );
      if (!counts) {
        report({
          resource: stage,
          got: "no count of 429s in its access log",
          expected:
            'a LogMetricFilter with the pattern { $.status = "429" }, of which $.traffic != "scan" may be left: the gateway has no such metric',
        });
      }
    }
  },
});

const accessLogOf = (stage: StackResource): string =>
  ownArnResource(stage, text(peek(() => text(object(stage.props.accessLogSettings).destinationArn)))).replace(
    /^log-group:|:\*$/g,
    "",
  );
