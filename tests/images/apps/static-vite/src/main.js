document.querySelector("p").append(" and its script");
