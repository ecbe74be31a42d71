#!/bin/sh
# A stand-in for the clojure command, whose own jar no index of packages has: the library that it is made of, tools.deps,
# from Maven's central repository. It knows what the Dockerfile asks: -P, -P -T:ALIAS and -T:ALIAS FUNCTION.
set -eu
prepare=""
alias=""
function=""
for word in "$@"; do
    case "${word}" in
        -P) prepare=yes ;;
        -T:*) alias="${word#-T:}" ;;
        *) function="${word}" ;;
    esac
done
own=$(find /usr/local/lib/clojure -name '*.jar' | tr '\n' ':')
work=$(mktemp -d)
set -- --config-user /nonexistent --config-project deps.edn --cp-file "${work}/cp" --jvm-file "${work}/jvm" \
    --main-file "${work}/main" --basis-file "${work}/basis" --manifest-file "${work}/manifest"
if [ -n "${alias}" ]; then set -- "$@" --tool-mode --tool-aliases "${alias}"; fi
java -cp "${own}" clojure.main -m clojure.tools.deps.script.make-classpath2 "$@"
if [ -z "${prepare}" ]; then
    namespace=$(sed -n 's/.*:ns-default \([a-z.-]*\).*/\1/p' deps.edn)
    exec java -Dclojure.basis="${work}/basis" -cp "$(cat "${work}/cp")" clojure.main -e "(require '${namespace}) (${namespace}/${function} nil)"
fi
