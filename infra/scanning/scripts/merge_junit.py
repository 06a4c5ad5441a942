"""One JUnit report of all routes: merge_junit.py <targets> <folder of parts> <out>.

What cannot be read is no report; a route without a case was not fuzzed. Both end with 1, and what could be read is written all the same.
"""

import os
import sys
import xml.etree.ElementTree as tree


def main(targets, parts, out):
    merged = tree.Element("testsuites")
    missing = []
    with open(targets, encoding="utf-8") as lines:
        names = [line.split()[0] for line in lines if line.strip()]
    for name in names:
        try:
            root = tree.parse(os.path.join(parts, name + ".xml")).getroot()
        except (OSError, tree.ParseError):
            missing.append(name)
            continue
        suites = [root] if root.tag == "testsuite" else root.findall("testsuite")
        if not any(suite.find("testcase") is not None for suite in suites):
            missing.append(name)
        merged.extend(suites)
    if len(merged):
        tree.ElementTree(merged).write(out, encoding="utf-8", xml_declaration=True)
    for name in missing:
        print("no case of " + name, file=sys.stderr)
    return 1 if missing or not names else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
