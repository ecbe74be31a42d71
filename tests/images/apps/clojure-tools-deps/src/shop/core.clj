(ns shop.core
  (:gen-class)
  (:import (com.sun.net.httpserver HttpHandler HttpServer)
           (java.net InetSocketAddress)))

(defn -main
  "The smallest web service that Clojure on the JVM can be."
  [& _]
  (let [port (Integer/parseInt (or (System/getenv "PORT") "8080"))
        server (HttpServer/create (InetSocketAddress. port) 0)
        text (.getBytes "Hello from clojure-tools-deps\n" "UTF-8")]
    (.createContext server "/" (reify HttpHandler
                                 (handle [_ exchange]
                                   (.sendResponseHeaders exchange 200 (count text))
                                   (.write (.getResponseBody exchange) text)
                                   (.close exchange))))
    (.start server)))
