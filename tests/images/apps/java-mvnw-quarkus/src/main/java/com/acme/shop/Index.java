package com.acme.shop;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;

/** The smallest Quarkus service that can be delivered. */
@Path("/")
public class Index {
    @GET
    public String index() {
        return "Hello from java-mvnw-quarkus\n";
    }
}
