(ns build
  (:require [clojure.tools.build.api :as b]))

(defn uber
  "One jar with everything in it."
  [_]
  (let [basis (b/create-basis {:project "deps.edn"})]
    (b/copy-dir {:src-dirs ["src"] :target-dir "target/classes"})
    (b/compile-clj {:basis basis :ns-compile '[shop.core] :class-dir "target/classes"})
    (b/uber {:class-dir "target/classes" :uber-file "target/shop.jar" :basis basis :main 'shop.core})))
